// SPDX-License-Identifier: Apache-2.0
//
// Files of a plugin, named by its manifest or by a caller. A plugin's folder is hostile: links may lead out of it, a
// pipe may stand in a file's place, and all of it may change while it is read.
import { closeSync, constants, fstatSync, openSync, readlinkSync, readSync, realpathSync } from "node:fs";
import { join, sep } from "node:path";
import { fileRefusal, ProblemsError } from "../../pipeline/problem.ts";
import { NameError, resolveInside } from "../../store/folder.ts";

/** The path of a file in the plugin's folder, whether it is there or not. Throws ProblemsError if it leads out. */
export function fileIn(folder: string, relative: string): string {
  try {
    return resolveInside(folder, relative);
  } catch (error) {
    if (error instanceof NameError) throw fileRefusal(join(folder, relative), error.message);
    throw fileRefusal(join(folder, relative), systemWords(error));
  }
}

/** What is in a file of the plugin, if it is no more than `most` bytes. Never waits. Throws ProblemsError. */
export function readFileIn(folder: string, relative: string, most: number): Buffer {
  const path = fileIn(folder, relative);
  let file: number;
  try {
    // A pipe without a writer would keep us waiting for ever.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw fileRefusal(path, systemWords(error));
  }
  try {
    return readOpened(file, path, folder, most);
  } catch (error) {
    throw error instanceof ProblemsError ? error : fileRefusal(path, systemWords(error));
  } finally {
    closeSync(file);
  }
}

/** As readFileIn. */
export function readTextIn(folder: string, relative: string, most: number): string {
  const bytes = readFileIn(folder, relative, most);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw fileRefusal(join(folder, relative), "is not UTF-8 text; save it as UTF-8");
  }
}

/** Looks at the file that is open, not at the path, which may lead elsewhere by now. */
function readOpened(file: number, path: string, folder: string, most: number): Buffer {
  const before = fstatSync(file);
  if (!before.isFile()) throw fileRefusal(path, "is not a file");
  if (!readlinkSync(`/proc/self/fd/${file}`).startsWith(realpathSync(folder) + sep))
    throw fileRefusal(path, "is a link that leads out of the plugin's folder; copy the file in");
  if (before.size > most) throw fileRefusal(path, `has ${before.size} bytes; at most ${most} are allowed`);
  const bytes = Buffer.alloc(before.size + 1);
  let length = 0;
  for (let read = -1; read !== 0 && length < bytes.length; length += read)
    read = readSync(file, bytes, length, bytes.length - length, length);
  const after = fstatSync(file);
  if (length !== before.size || after.mtimeMs !== before.mtimeMs || after.size !== before.size)
    throw fileRefusal(path, "was changed while it was read; try again once it is written");
  return bytes.subarray(0, length);
}

/** An error of the system in words. */
export function systemWords(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined) throw error;
  const known: Record<string, string> = {
    ENOENT: "is not there",
    EACCES: "may not be read by Stagebox; change its owner or mode",
    ELOOP: "is a link that leads round in circles; remove it",
    ENOTDIR: "is not a folder",
    EISDIR: "is a folder, not a file",
    ENXIO: "is not a file",
  };
  return known[code] ?? `cannot be read: ${message}`;
}
