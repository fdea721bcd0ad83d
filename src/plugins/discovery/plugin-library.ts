// SPDX-License-Identifier: Apache-2.0
//
// What of a plugin is run: its library, or the file that its language's adapter runs.
import { statSync } from "node:fs";
import { ProblemsError } from "../../pipeline/problem.ts";
import { KINDS, kindOf } from "../manifest/kinds.ts";
import { TRIPLE } from "../manifest/rules.ts";
import type { Manifest } from "../plugin.ts";
import { fileIn } from "./plugin-files.ts";

/** Types of plugin that may be nothing but files for a console, or presets. */
const MAY_LACK_LIBRARY: readonly Manifest["type"][] = ["ui", "visualization", "workflow"];

/** More than that are not a plugin's own. */
const MOST_CODE_FILES = 1000;

/** False for a plugin without code of its own. */
export function needsLibrary({ type, stages, main }: Manifest): boolean {
  return stages.length > 0 || main !== undefined || !MAY_LACK_LIBRARY.includes(type);
}

/** False where its main part is all the code that it has. */
export function hasClasses(manifest: Manifest): boolean {
  const { stages, main, capabilities } = manifest;
  if (stages.length > 0 || capabilities.includes("backend")) return true;
  return main === undefined && needsLibrary(manifest);
}

/** Of its main part. Throws ProblemsError if it leads out of the folder. */
export function mainScript({ main, runtime }: Manifest, folder: string): string | undefined {
  const script = main?.script ?? runtime.script;
  return script === undefined ? undefined : fileIn(folder, script);
}

/** Relative to the plugin's folder: bin/aarch64-linux-gnu/libgain.so, stage.py. */
export function libraryName({ runtime }: Manifest, triple: string): string {
  const { key, file } = KINDS[runtime.kind];
  return (file ?? runtime[key] ?? runtime.library).replaceAll(TRIPLE, triple);
}

/** Throws ProblemsError if it leads out of the folder. */
export function libraryPath(manifest: Manifest, folder: string, triple: string): string {
  return fileIn(folder, libraryName(manifest, triple));
}

/** Its tests, and what they need: a box runs none of it. */
export const NO_CODE = /^(test|node_modules)\//;

/** All files that are its code, relative to the folder and in a fixed order. */
export function codeFiles(manifest: Manifest, folder: string, triple: string): string[] {
  const { adapter, extension, file } = kindOf(manifest);
  if (file !== undefined) return [file];
  if (adapter === undefined) return [libraryName(manifest, triple)];
  try {
    const files = new Bun.Glob(`**/*${extension}`).scanSync({ cwd: folder, dot: false, followSymlinks: false });
    return [...files].filter((name) => !NO_CODE.test(name)).sort();
  } catch {
    return []; // gone meanwhile
  }
}

/** Why there is nothing to run on this machine. Does not look into it. */
export function libraryProblem(manifest: Manifest, folder: string, triple: string): string | undefined {
  if (!needsLibrary(manifest)) return undefined;
  const name = libraryName(manifest, triple);
  const remedy = KINDS[manifest.runtime.kind].is_compiled ? "build it with stagebox plugin build" : "write it";
  try {
    const stat = statSync(libraryPath(manifest, folder, triple), { throwIfNoEntry: false });
    if (!stat) return `there is no ${name}: ${remedy}`;
    if (!stat.isFile()) return `${name} is not a file: ${remedy}`;
    const isTooMany = codeFiles(manifest, folder, triple).length > MOST_CODE_FILES;
    return isTooMany ? `has more than ${MOST_CODE_FILES} files of code; they cannot all be its own` : undefined;
  } catch (error) {
    if (error instanceof ProblemsError) return error.problems.map(({ message }) => message).join("; ");
    throw error;
  }
}
