// SPDX-License-Identifier: Apache-2.0
/** Files that travel inside the executable (scripts/build.mjs lists them); in a checkout they lie where they lie. */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

export const isCompiled = import.meta.dir.startsWith("/$bunfs/");

/** Where node:fs and dlopen find a file or folder of the checkout, given by its path from the root. */
export function assetPath(path: string): string {
  return isCompiled ? join("/$bunfs/root", basename(path)) : join(import.meta.dir, "..", path);
}

/** The pipelines that come with Stagebox: name to YAML. */
export function bundledPipelines(): Map<string, string> {
  const folder = assetPath("pipelines");
  const files = readdirSync(folder).filter((file) => file.endsWith(".yaml"));
  return new Map(files.sort().map((file) => [basename(file, ".yaml"), readFileSync(join(folder, file), "utf8")]));
}
