// SPDX-License-Identifier: Apache-2.0
//
// From a stranger's component to what a process can run: held against its world, translated, and none of it run. This is
// what a dry run does.
import { createHash } from "node:crypto";
import { type Problem, ProblemsError } from "../../pipeline/problem.ts";
import { megabytes } from "../../pipeline/words.ts";
import { formOf, inWords, Malformed } from "./binary.ts";
import { boundMemories } from "./memory.ts";
import { checkNames } from "./module-names.ts";
import { readComponent } from "./read-component.ts";
import { translate } from "./toolchain.ts";
import { type Fit, fitOf, type World } from "./worlds.ts";

/** One that brings a JavaScript engine along has some. */
export const MOST_COMPONENT_BYTES = 32 * 2 ** 20;
/** What joins the modules of a component grows with its types alone; that of either world has some 300 KB. */
const MOST_GLUE_BYTES = 4 * 2 ** 20;

export interface PreparedComponent {
  /** Of the component. */
  sha256: string;
  world: World;
  wants: Fit["wants"];
  /** An ES module, which exports `instantiate`. */
  glue: string;
  /** Core modules, as the glue asks for them. */
  modules: ReadonlyMap<string, Uint8Array>;
}

/** Throws ProblemsError with everything that is wrong, each as the end of a sentence about the component. */
export async function prepare(component: Uint8Array, world: World): Promise<PreparedComponent> {
  const { problems, wants } = await fitOf(
    inWords(() => readComponent(checkedForm(component))),
    world,
  );
  if (problems.length > 0) throw new ProblemsError(problems);
  const files = await translate(component);
  const modules = new Map([...files].filter(([name]) => name.endsWith(".wasm")));
  inWords(() => {
    for (const module of modules.values()) checkNames(module);
  });
  const glue = [...files].find(([name]) => name.endsWith(".js"))?.[1];
  if (!glue) throw new Error("the translator made no JavaScript");
  if (glue.length > MOST_GLUE_BYTES)
    throw new ProblemsError([{ message: "its functions and types are too large; export those of its world alone" }]);
  return { sha256: sha256Of(component), world, wants, glue: new TextDecoder().decode(glue), modules };
}

/** What speaks against running it with so much memory; without running it. Throws nothing. */
export async function componentProblems(
  component: Uint8Array,
  { world, memory_mb }: { world: World; memory_mb: number },
): Promise<Problem[]> {
  try {
    const { modules } = await prepare(component, world);
    inWords(() => boundMemories(modules, memory_mb));
    return [];
  } catch (error) {
    if (error instanceof ProblemsError) return [...error.problems];
    throw error;
  }
}

export function sha256Of(component: Uint8Array): string {
  return createHash("sha256").update(component).digest("hex");
}

function checkedForm(component: Uint8Array): Uint8Array {
  if (component.length > MOST_COMPONENT_BYTES)
    throw new Malformed(`it has more than ${megabytes(MOST_COMPONENT_BYTES)}; link it without what it does not use`);
  const form = formOf(component);
  if (form === "module")
    throw new Malformed("it is a core module, not a component; make one of it with stagebox plugin build");
  if (form === undefined) throw new Malformed("it is no WebAssembly; make it with stagebox plugin build");
  return component;
}
