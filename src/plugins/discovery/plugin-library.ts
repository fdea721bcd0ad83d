// SPDX-License-Identifier: Apache-2.0
import { statSync } from "node:fs";
import { ProblemsError } from "../../pipeline/problem.ts";
import { TRIPLE } from "../manifest/rules.ts";
import type { Manifest } from "../plugin.ts";
import { fileIn } from "./plugin-files.ts";

/** Types of plugin that may be nothing but files for a console, or presets. */
const MAY_LACK_LIBRARY: readonly Manifest["type"][] = ["ui", "visualization", "workflow"];

/** False for a plugin without code of its own. */
export function needsLibrary({ type, stages }: Manifest): boolean {
  return stages.length > 0 || !MAY_LACK_LIBRARY.includes(type);
}

/** Relative to the plugin's folder: bin/aarch64-linux-gnu/libgain.so. */
export function libraryName({ runtime }: Manifest, triple: string): string {
  return runtime.library.replaceAll(TRIPLE, triple);
}

/** Throws ProblemsError if it leads out of the folder. */
export function libraryPath(manifest: Manifest, folder: string, triple: string): string {
  return fileIn(folder, libraryName(manifest, triple));
}

/** Why there is no library to load for this machine. Does not look into it. */
export function libraryProblem(manifest: Manifest, folder: string, triple: string): string | undefined {
  if (!needsLibrary(manifest)) return undefined;
  const name = libraryName(manifest, triple);
  try {
    const stat = statSync(libraryPath(manifest, folder, triple), { throwIfNoEntry: false });
    if (!stat) return `there is no ${name}: build it with stagebox plugin build`;
    return stat.isFile() ? undefined : `${name} is not a file: build it with stagebox plugin build`;
  } catch (error) {
    if (error instanceof ProblemsError) return error.problems.map(({ message }) => message).join("; ");
    throw error;
  }
}
