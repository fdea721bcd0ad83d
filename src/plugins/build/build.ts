// SPDX-License-Identifier: Apache-2.0
//
// A plugin's library from its sources. It is made beside its place and put there in one step: a running box that
// watches the folder sees the old library or the new, and loads the new one while the pipeline runs.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, statSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { basename, dirname, join, resolve, sep } from "node:path";
import { programCommand } from "../../native/program.ts";
import { type Problem, ProblemsError } from "../../pipeline/problem.ts";
import { writeAtomic } from "../../store/atomic-file.ts";
import { hostTriple, type Triple } from "../../triple.ts";
import { fileIn } from "../discovery/plugin-files.ts";
import { libraryName } from "../discovery/plugin-library.ts";
import type { Manifest } from "../plugin.ts";
import { compilerFor, type Language, languageOf, standardOf } from "./compiler.ts";
import { publicHeaders } from "./headers.ts";
import { checkLibrary } from "./library-check.ts";

export interface BuildOptions {
  target?: Triple;
  signal: AbortSignal;
  /** Hears what the compiler says. */
  tell: (text: string) => void;
  /** A stranger wrote the sources: the compiler sees nothing but them, and what Debian brings. */
  isStrangers?: boolean;
}

export interface BuiltLibrary {
  target: Triple;
  /** Absolute. */
  file: string;
  bytes: number;
  /** It works, but not everything about it is well. */
  warning?: string;
}

/** Those of the engine's own kernels. */
const FLAGS = ["-O3", "-fPIC", "-fvisibility=hidden", "-fno-math-errno", "-fno-trapping-math", "-Wall", "-Wextra"];
/** In C, what a designated initializer leaves out is no mistake; g++ warns of it unless told. */
const CXX_FLAGS = ["-Wno-missing-field-initializers"];
/** Without -z defs a function that is nowhere would only be missed when it is called. */
const LINK_FLAGS = [
  ...["-shared", "-Wl,-z,defs", "-Wl,-z,relro", "-Wl,-z,now", "-Wl,--build-id=sha1"],
  ...["stagebox_register", "stagebox_abi_version"].map((symbol) => `-Wl,--require-defined=${symbol}`),
];
const WHERE_ENTRIES_BELONG =
  "a plugin has SB_PLUGIN and stagebox_register in one of its sources; see stagebox/plugin.h";
/** native/plugin-host/compile.h */
const HOST = "stagebox-plugin-host";
const NO_ENTRY = /required symbol [`'](stagebox_\w+)' not defined/;

const NATIVE = { words: "C (.c) or C++ (.cpp, .cc, .cxx)", endings: [".c", ".cpp", ".cc", ".cxx"] };

/** Compiles and links; throws ProblemsError, or the reason of `signal`. */
export async function buildPlugin(
  folder: string,
  manifest: Manifest,
  { target = hostTriple, ...options }: BuildOptions,
): Promise<BuiltLibrary> {
  const { sources, libraries, flags } = manifest.build;
  const files = sourceFiles(folder, sources);
  const work = mkdtempSync(join(tmpdir(), "stagebox-build-"));
  try {
    const headers = publicHeaders();
    const run = { ...options, ...(options.isStrangers && { confined: { headers, work } }) };
    const compile = (file: string, i: number) => {
      const language = languageOf(file) as Language;
      const own = [
        ...FLAGS,
        ...(language === "c++" ? CXX_FLAGS : []),
        standardOf(language),
        `-ffile-prefix-map=${work}=.`,
        ...flags,
        "-isystem",
        headers,
      ];
      // From ./ on, or a file called @options.c would be read as options, and -fplugin=x.c as one.
      const command = [compilerFor(language, target), ...own, "-c", `./${file}`, "-o", join(work, `${i}.o`)];
      return runCompiler(command, folder, run);
    };
    await inParallel(files, compile);

    const linker = compilerFor(files.some((file) => languageOf(file) === "c++") ? "c++" : "c", target);
    const library = join(work, "library.so");
    const place = libraryName(manifest, target);
    const objects = files.map((_, i) => join(work, `${i}.o`));
    const names = [...libraries.map((name) => `-l${name}`), "-lm"];
    const soname = `-Wl,-soname,${basename(place)}`;
    await runCompiler([linker, ...LINK_FLAGS, soname, "-o", library, ...objects, ...names], folder, run);

    const warning = target === hostTriple ? checkLibrary(library, place) : undefined;
    const file = fileIn(folder, place);
    mkdirSync(dirname(file), { recursive: true });
    const bytes = await Bun.file(library).bytes();
    await writeAtomic(file, bytes, 0o755);
    return { target, file, bytes: bytes.length, ...(warning !== undefined && { warning }) };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Nothing that it is built from is newer than the library. */
export function isUpToDate(folder: string, manifest: Manifest, target: Triple = hostTriple): boolean {
  const library = statSync(join(folder, libraryName(manifest, target)), { throwIfNoEntry: false });
  if (!library) return false;
  const headers = publicHeaders();
  const own = matching(folder, ["*.toml", "**/*.{c,cpp,cc,cxx,h,hpp}"]).map((name) => join(folder, name));
  const all = [...own, ...matching(headers, ["**/*.h"]).map((name) => join(headers, name))];
  return all.every((path) => statSync(path).mtimeMs <= library.mtimeMs);
}

/** There is something to build it from. */
export function hasSources(folder: string, manifest: Manifest): boolean {
  return matching(folder, manifest.build.sources).length > 0;
}

/** Relative to the folder, in a fixed order. Throws ProblemsError if there is none, or one that is no source. */
export function sourceFiles(folder: string, patterns: readonly string[], { words, endings } = NATIVE): string[] {
  const files = matching(folder, patterns);
  const root = realpathSync(folder);
  const problems = files.flatMap((file): Problem[] => {
    if (!realpathSync(join(folder, file)).startsWith(root + sep))
      return [{ file, message: "is a link that leads out of the folder" }];
    return endings.some((ending) => file.endsWith(ending))
      ? []
      : [{ file, message: `is no ${words} source; see [build] of plugin.toml` }];
  });
  if (files.length === 0)
    problems.push({ file: "plugin.toml", field: "/build/sources", message: `no file matches ${patterns.join(", ")}` });
  if (problems.length > 0) throw new ProblemsError(problems);
  return files;
}

export function matching(folder: string, patterns: readonly string[]): string[] {
  const found = patterns.flatMap((pattern) => [...new Bun.Glob(pattern).scanSync({ cwd: folder, dot: false })]);
  return [...new Set(found)].sort();
}

async function inParallel<T>(items: readonly T[], work: (item: T, index: number) => Promise<void>): Promise<void> {
  const queue = [...items.entries()];
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) await work(next[1], next[0]);
  };
  const results = await Promise.allSettled(Array.from({ length: availableParallelism() }, worker));
  const failed = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
  if (failed.length > 0) throw failed[0];
}

interface CompilerRun extends Pick<BuildOptions, "signal" | "tell"> {
  /** In messages. */
  name?: string;
  /** Of its environment, besides ours. */
  variables?: Record<string, string>;
  /** Of all folders it may read only its own and these, and write the second; Debian's programs need no more. */
  confined?: { headers: string; work: string };
}

/** What the compiler warns of is told; of what it refuses, its own words are told before this throws. */
export async function runCompiler(
  [program = "", ...args]: string[],
  cwd: string,
  { signal, tell, name = basename(program), variables = {}, confined }: CompilerRun,
): Promise<void> {
  signal.throwIfAborted();
  const env = { ...process.env, LC_ALL: "C.UTF-8", ...variables, ...(confined && { TMPDIR: confined.work }) };
  const walls = confined ? [...programCommand(HOST), "compile", resolve(cwd), confined.headers, confined.work] : [];
  const child = Bun.spawn([...walls, program, ...args], {
    cwd,
    env,
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
    signal,
  });
  const [said, code] = await Promise.all([new Response(child.stderr).text(), child.exited]);
  signal.throwIfAborted();
  if (code === 0) {
    if (said !== "") tell(said);
    return;
  }
  const [, symbol] = NO_ENTRY.exec(said) ?? [];
  if (symbol) throw new ProblemsError([{ message: `${symbol} is not there: ${WHERE_ENTRIES_BELONG}` }]);
  tell(said);
  throw new ProblemsError([{ message: `${name} ended with ${child.signalCode ?? code}; what it says stands above` }]);
}
