// SPDX-License-Identifier: Apache-2.0
//
// The tools of the Bytecode Alliance, WebAssembly themselves: the translator of components into modules and JavaScript,
// and the maker of components. Each is loaded when it is first used, takes some 50 MB, and is never let go: a service does
// this work in a process that ends.
import { ProblemsError } from "../../pipeline/problem.ts";

const translator = once(async () => {
  const tool = await import("@bytecodealliance/jco-transpile/component");
  await tool.$init;
  return tool;
});
const maker = once(() => import("@bytecodealliance/jco-transpile/wasm-tools"));

/** The version of the tools, on which what they make depends. */
export const TOOLCHAIN = "jco-transpile 0.15.0";

/** A component's core modules, and the JavaScript that joins them: files by name. Validates all of it and runs none.
 * Throws ProblemsError. */
export async function translate(component: Uint8Array): Promise<Map<string, Uint8Array>> {
  const { generate } = await translator();
  const { files } = inWords(() =>
    generate(component, {
      name: "component",
      instantiation: { tag: "sync" },
      noTypescript: true,
      noNodejsCompat: true,
      noComponentErrorWrapping: true,
      base64Cutoff: 0,
    }),
  );
  return new Map(files);
}

/** A component of a core module (without one: one of the world's type that does nothing). Throws ProblemsError. */
export async function makeComponent(wit: string, world: string, core?: Uint8Array): Promise<Uint8Array> {
  const { componentEmbed, componentNew } = await maker();
  const what = core ? { binary: core } : { dummy: true };
  try {
    return await componentNew(await componentEmbed({ ...what, witSource: wit, world }), []);
  } catch (error) {
    throw refusal(error);
  }
}

function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined;
  return () => {
    loaded ??= load();
    return loaded;
  };
}

function inWords<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw refusal(error);
  }
}

/** What a tool says of what it was given, its causes behind each other on one line. */
function refusal(error: unknown): ProblemsError {
  const words = error instanceof Error ? error.message : String(error);
  const lines = words.split("\n").map((line) => line.trim().replace(/^\d+: /, ""));
  const parts = lines.filter((line) => line !== "" && line !== "Caused by:");
  return new ProblemsError([{ message: parts.join(": ").slice(0, 1000) }]);
}
