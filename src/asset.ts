// SPDX-License-Identifier: Apache-2.0
/** Files that travel inside the executable (scripts/build.mjs lists them); in a checkout they lie where they lie. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

const EMBEDDED = "/$bunfs/root";

/** This is the executable, not a checkout. */
export const isCompiled: boolean = import.meta.dir.startsWith("/$bunfs/");

/** How this program is started once more. */
export function ownCommand(): string[] {
  return isCompiled ? [process.execPath] : [process.execPath, assetPath("src/main.ts")];
}

/**
 * Where node:fs and dlopen find a file or folder of the checkout, given by its path from the root. The executable knows
 * what it carries by the last part of its path, and what lies below that.
 */
export function assetPath(path: string): string {
  if (!isCompiled) return join(import.meta.dir, "..", path);
  const parts = path.split("/");
  const ends = parts.map((_, first) => join(EMBEDDED, ...parts.slice(first)));
  return ends.find((end) => existsSync(end)) ?? join(EMBEDDED, basename(path));
}

/** The pipelines that come with Stagebox: name to YAML. */
export function bundledPipelines(): Map<string, string> {
  const folder = assetPath("pipelines");
  const files = readdirSync(folder).filter((file) => file.endsWith(".yaml"));
  return new Map(files.sort().map((file) => [basename(file, ".yaml"), readFileSync(join(folder, file), "utf8")]));
}
