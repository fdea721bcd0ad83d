// SPDX-License-Identifier: Apache-2.0
//
// What tells one build of a plugin from another: a SHA-256 over the names and contents of all its files. Modes and times do
// not count, which not every disk keeps.
import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { sha256Of } from "../../store/file-hash.ts";

/** Throws where a file cannot be read. */
export async function folderSum(folder: string): Promise<string> {
  const hash = createHash("sha256");
  for (const name of filesIn(folder)) {
    const path = join(folder, name);
    const isLink = lstatSync(path).isSymbolicLink();
    const content = isLink ? `-> ${readlinkSync(path)}` : await sha256Of(path);
    hash.update(`${JSON.stringify([name, content])}\n`);
  }
  return hash.digest("hex");
}

/** The same as long as nobody touched the files: what a look costs that finds nothing new. */
export class FolderSums {
  readonly #known = new Map<string, { picture: string; sum: string }>();

  async of(folder: string): Promise<string> {
    const picture = filesIn(folder)
      .map((name) => {
        const { ino, size, mtimeMs } = lstatSync(join(folder, name));
        return `${name} ${ino} ${size} ${mtimeMs}`;
      })
      .join("\n");
    const known = this.#known.get(folder);
    if (known?.picture === picture) return known.sum;
    const sum = await folderSum(folder);
    this.#known.set(folder, { picture, sum });
    return sum;
  }
}

/** Links among them, which are not followed. */
function filesIn(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true }) as string[];
  return names.filter((name) => !lstatSync(join(folder, name)).isDirectory()).sort();
}
