// SPDX-License-Identifier: Apache-2.0
//
// A plugin's folder as it lies on this machine, copied. The folder may be anybody's and may change meanwhile: each file
// is opened once, and what is open is what is asked, checked and copied. Nothing is believed of a path twice.
import {
  closeSync,
  constants,
  type Dirent,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  realpathSync,
  type Stats,
  writeFileSync,
} from "node:fs";
import { basename, join, sep } from "node:path";
import { fileRefusal, type Problem, ProblemsError } from "../../pipeline/problem.ts";
import { megabytes, quote } from "../../pipeline/words.ts";
import { NameSet, nameFault } from "./entry-name.ts";
import { LIMITS } from "./limits.ts";

/** Belongs to whoever works on the plugin, not to the plugin. */
const LEFT_OUT = new Set([".git", "node_modules"]);

/** Copies `from` into `to`, which is new and nobody else's. Throws ProblemsError with all that cannot be copied. */
export function copyFolder(from: string, to: string): void {
  readFolder(from, (name) => !LEFT_OUT.has(basename(name)), {
    folder: (name) => mkdirSync(join(to, name), { recursive: true }),
    file: (name, data, isExecutable) =>
      writeFileSync(join(to, name), data, { flag: "wx", mode: isExecutable ? 0o755 : 0o644 }),
  });
}

export interface FolderReader {
  folder(name: string): void;
  file(name: string, data: Uint8Array, isExecutable: boolean): void;
}

/** Tells of all in a plugin's folder that `isWanted`, by its path from there. A link to a file inside becomes that file.
 * Throws ProblemsError with all that cannot be had. */
export function readFolder(from: string, isWanted: (name: string) => boolean, reader: FolderReader): void {
  const root = realpathSync(from);
  const problems: Problem[] = [];
  const names = new NameSet();
  let bytes = 0;
  let count = 0;

  const visit = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const name = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (!isWanted(name)) continue;
      if (++count > LIMITS.entries)
        throw fileRefusal(from, `holds more than ${LIMITS.entries} files, which no plugin does`);
      const fault = nameFault(name) ?? names.add(name, entry.isDirectory()) ?? tell(name, entry);
      if (fault) problems.push({ file: from, message: `${quote(name)} ${fault}` });
    }
  };
  const tell = (name: string, entry: Dirent): string | undefined => {
    if (entry.isDirectory()) {
      reader.folder(name);
      visit(name);
      return undefined;
    }
    if (!entry.isFile() && !entry.isSymbolicLink()) return "is neither a file nor a folder";
    const content = readInside(root, name, LIMITS.unpacked_bytes - bytes);
    if (typeof content === "string") return content;
    bytes += content.data.length;
    reader.file(name, content.data, content.isExecutable);
    return undefined;
  };
  visit("");
  if (problems.length > 0) throw new ProblemsError(problems);
}

/** A file's content as it was at one moment, or why it cannot be had. */
function readInside(root: string, name: string, most: number): { data: Uint8Array; isExecutable: boolean } | string {
  let file: number;
  try {
    // A pipe or a device would keep a plain open waiting.
    file = openSync(join(root, name), constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    return `cannot be read (${(error as NodeJS.ErrnoException).code})`;
  }
  try {
    // Where the open file really is, whatever its path is by now.
    if (!readlinkSync(`/proc/self/fd/${file}`).startsWith(root + sep)) return "is a link that leads out of the folder";
    const before = fstatSync(file);
    if (!before.isFile()) return "is a link to something that is not a file";
    if (before.size > most) return `is too much; a plugin has at most ${megabytes(LIMITS.unpacked_bytes)}`;
    const data = new Uint8Array(before.size);
    let filled = 0;
    for (let read = -1; read !== 0 && filled < data.length; filled += read)
      read = readSync(file, data, filled, data.length - filled, null);
    if (filled < data.length || isChanged(before, fstatSync(file))) return "changed while it was copied; try again";
    return { data, isExecutable: (before.mode & 0o100) !== 0 };
  } finally {
    closeSync(file);
  }
}

function isChanged(before: Stats, after: Stats): boolean {
  return before.size !== after.size || before.mtimeMs !== after.mtimeMs || before.ctimeMs !== after.ctimeMs;
}
