// SPDX-License-Identifier: Apache-2.0
//
// A plugin's component from its sources: C by Debian's clang for wasm32, or one file of JavaScript by
// componentize-qjs, which brings an interpreter along. Neither runs anything of the plugin's on this machine.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { assetPath, isCompiled } from "../../asset.ts";
import { type Problem, ProblemsError } from "../../pipeline/problem.ts";
import { writeAtomic } from "../../store/atomic-file.ts";
import { hostTriple } from "../../triple.ts";
import { fileIn, readFileIn } from "../discovery/plugin-files.ts";
import { libraryName } from "../discovery/plugin-library.ts";
import type { Manifest } from "../plugin.ts";
import { componentMemory } from "../wasm/memory.ts";
import { componentProblems, MOST_COMPONENT_BYTES } from "../wasm/prepare.ts";
import { makeComponent } from "../wasm/toolchain.ts";
import { type World, witSource } from "../wasm/worlds.ts";
import { type BuildOptions, type BuiltLibrary, matching, runCompiler, sourceFiles } from "./build.ts";
import { standardOf } from "./compiler.ts";

const JAVASCRIPT = ".js";
const LANGUAGES = { words: "C (.c) or JavaScript (.js)", endings: [".c", JAVASCRIPT] };
const TARGET = "wasm32-wasi";
const FLAGS = ["-O3", "-fno-math-errno", "-fno-trapping-math", "-Wall", "-Wextra"];
/** Without `main`. The stack lies below all else, so that what overflows it traps. */
const LINK_FLAGS = ["-mexec-model=reactor", "-Wl,--strip-debug", "-Wl,--stack-first", "-Wl,-z,stack-size=262144"];

/** What its manifest has it do. */
export function worldOf({ stages }: Pick<Manifest, "stages">): World {
  return stages.length > 0 ? "stage" : "plugin";
}

/** Compiles, links, and holds the component against its world. Throws ProblemsError, or the reason of `signal`. */
export async function buildComponent(folder: string, manifest: Manifest, options: BuildOptions): Promise<BuiltLibrary> {
  const files = sourceFiles(folder, manifest.build.sources, LANGUAGES);
  const work = mkdtempSync(join(tmpdir(), "stagebox-build-"));
  try {
    copyWit(join(work, "wit"));
    const isScript = files.some((file) => file.endsWith(JAVASCRIPT));
    const component = await (isScript ? fromJavaScript : fromC)(folder, files, { manifest, work, ...options });
    refuseProblems(await componentProblems(component, demandsOf(manifest)), libraryName(manifest, hostTriple));
    const file = fileIn(folder, libraryName(manifest, hostTriple));
    mkdirSync(dirname(file), { recursive: true });
    await writeAtomic(file, component);
    return { target: options.target ?? hostTriple, file, bytes: component.length };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Looks at the component without running it. Throws ProblemsError. */
export async function checkComponent(folder: string, manifest: Manifest): Promise<void> {
  const name = libraryName(manifest, hostTriple);
  const component = readFileIn(folder, name, MOST_COMPONENT_BYTES);
  refuseProblems(await componentProblems(component, demandsOf(manifest)), name);
}

/** Nothing that it is made of is newer than the component. */
export function isComponentUpToDate(folder: string, manifest: Manifest): boolean {
  const component = statSync(fileIn(folder, libraryName(manifest, hostTriple)), { throwIfNoEntry: false });
  const own = matching(folder, ["*.toml", "**/*.{c,cpp,cc,cxx,h,hpp,js}"]).map((name) => join(folder, name));
  return component !== undefined && own.every((path) => statSync(path).mtimeMs <= component.mtimeMs);
}

function demandsOf(manifest: Manifest): { world: World; memory_mb: number } {
  return { world: worldOf(manifest), memory_mb: componentMemory(manifest.limits.memory_mb) };
}

function refuseProblems(problems: readonly { message: string }[], file: string): void {
  if (problems.length > 0) throw new ProblemsError(problems.map(({ message }) => ({ file, message })));
}

/** Beside the sources: neither a compiler nor an interpreter can look into the executable. */
function copyWit(to: string): void {
  const from = assetPath("plugins/wit");
  for (const name of readdirSync(from, { recursive: true }) as string[]) {
    if (!/\.(wit|h|c)$/.test(name)) continue;
    mkdirSync(dirname(join(to, name)), { recursive: true });
    writeFileSync(join(to, name), readFileSync(join(from, name)));
  }
}

interface Work extends BuildOptions {
  manifest: Manifest;
  /** A folder for what lies between, with the WIT in it. */
  work: string;
}

async function fromC(folder: string, files: string[], { manifest, work, ...options }: Work): Promise<Uint8Array> {
  const clang = requireClang();
  const { flags, libraries } = manifest.build;
  const [calls, core] = [join(work, "wit/c"), join(work, "core.wasm")];
  const world = worldOf(manifest);
  const carried = [`stagebox-${world}.c`, "stagebox-world.c"].map((name) => join(calls, name));
  const sources = [...files.map((file) => `./${file}`), ...carried];
  const object = (i: number) => join(work, `${i}.o`);
  const own = [
    `--target=${TARGET}`,
    ...FLAGS,
    standardOf("c"),
    `-ffile-prefix-map=${work}=.`,
    ...flags,
    "-isystem",
    calls,
  ];
  const run = { ...options, ...(options.isStrangers && { confined: { headers: calls, work } }) };
  for (const [i, file] of sources.entries())
    await runCompiler([clang, ...own, "-c", file, "-o", object(i)], folder, run);
  const inputs = [...sources.map((_, i) => object(i)), ...libraries.map((name) => `-l${name}`), "-lm"];
  await runCompiler([clang, `--target=${TARGET}`, ...LINK_FLAGS, ...inputs, "-o", core], folder, run);
  try {
    return await makeComponent(witSource(), world, readFileSync(core));
  } catch (error) {
    throw error instanceof ProblemsError ? new ProblemsError(error.problems.map(whyNot)) : error;
  }
}

/** clang and what it links with, by the Debian packages they are in. */
function requireClang(): string {
  const which = (name: string) => Bun.which(name, { PATH: process.env.PATH ?? "" });
  const clang = which("clang");
  const libc = existsSync("/usr/lib/wasm32-wasi/libc.a");
  if (clang && which("wasm-ld") && libc) return clang;
  const remedy = "as root: apt-get install clang lld wasi-libc libclang-rt-dev-wasm32";
  throw new ProblemsError([{ message: `there is no C compiler for WebAssembly; ${remedy}` }]);
}

const NEEDS_WASI = /import `wasi_snapshot_preview1::(\w+)`/;

/** The words of the component's maker, where a C programmer would not know them. */
function whyNot(problem: Problem): Problem {
  const [, call] = NEEDS_WASI.exec(problem.message) ?? [];
  if (call)
    return {
      message: `the code needs ${call} of WASI: a plugin has no files, clocks or environment; do without what calls it`,
    };
  return problem;
}

async function fromJavaScript(
  folder: string,
  files: string[],
  { manifest, work, ...options }: Work,
): Promise<Uint8Array> {
  const [file, other] = files;
  if (file === undefined || other !== undefined)
    throw new ProblemsError([
      { message: `sources names ${files.join(", ")}; name the one file of JavaScript that imports the others` },
    ]);
  // Not out of the plugin's own node_modules: what is built may be a stranger's.
  const places = [process.env.PATH ?? "", ...(isCompiled ? [] : [assetPath("node_modules/.bin")])];
  const program = Bun.which("componentize-qjs", { PATH: places.join(":") });
  if (!program)
    throw new ProblemsError([
      {
        message: "there is no componentize-qjs, which makes a component of JavaScript; npm install -g componentize-qjs",
      },
    ]);
  const component = join(work, "component.wasm");
  const own = ["--sync", "--stub-wasi", "--module-root", resolve(folder), "--world", worldOf(manifest)];
  const paths = ["--wit", join(work, "wit"), "--js", resolve(folder, file), "--output", component];
  // This executable runs it, as Bun; not in the plugin's folder, whose bunfig.toml it would obey.
  const variables = { BUN_BE_BUN: "1" };
  const run = { ...options, name: "componentize-qjs", variables };
  await runCompiler([process.execPath, program, ...own, ...paths], work, run);
  return readFileSync(component);
}
