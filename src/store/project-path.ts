// SPDX-License-Identifier: Apache-2.0
//
// The one way from a path that somebody gave us to a file of the project. Each folder on the way is opened from the one
// before it, without following links, so that nothing leads out, not even a link that is put there meanwhile.
import { closeSync, constants, lstatSync, mkdirSync, openSync, readdirSync, type Stats } from "node:fs";
import { NameError } from "./folder.ts";

/** A file is made under its name with a few characters more. */
const MOST = { path_bytes: 255, name_bytes: 128, parts: 8 };
const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const FOLDER_MODE = 0o750;

/** The parts of `reports/monday.txt`. Throws NameError. */
export function pathParts(path: string): string[] {
  const refuse = (reason: string) => new NameError(path, reason);
  if (path === "") throw refuse("is empty; give a file's name");
  if (Buffer.byteLength(path) > MOST.path_bytes) throw refuse(`is longer than ${MOST.path_bytes} bytes`);
  if (!path.isWellFormed()) throw refuse("is no proper text");
  if (path.startsWith("/")) throw refuse("is an absolute path; give a name below the project's folder");
  if (path.includes("\\")) throw refuse("has a backslash; part folders by /");
  if (/\p{Cc}/u.test(path)) throw refuse("has a control character in it");
  const parts = path.split("/");
  if (parts.length > MOST.parts) throw refuse(`is more than ${MOST.parts} folders deep`);
  for (const part of parts) {
    if (part === "" || part.startsWith(".")) throw refuse("is hidden or leads out of the folder");
    if (Buffer.byteLength(part) > MOST.name_bytes) throw refuse(`has a name of more than ${MOST.name_bytes} bytes`);
  }
  return parts;
}

/** Calls `act` with a path that leads to the file below `root`, whatever becomes of the folders meanwhile. `make`: folders
 * that are not there yet. Undefined where a folder is not there. Throws NameError. */
export async function withFile<T>(
  root: string,
  path: string,
  act: (path: string) => Promise<T>,
  { make = false } = {},
): Promise<T | undefined> {
  const folders = pathParts(path);
  const name = folders.pop() as string;
  let folder = openSync(root, FOLDER);
  try {
    for (const part of folders) {
      const next = openFolder(folder, part, make);
      if (next === undefined) return undefined;
      closeSync(folder);
      folder = next;
    }
    return await act(inside(folder, name));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOTDIR" || code === "ELOOP") throw new NameError(path, "leads through what is no folder, or a link");
    throw error;
  } finally {
    closeSync(folder);
  }
}

/** All that `pathParts` takes, in the order of their names. Links are none of them. */
export function* filesBelow(root: string): Generator<{ path: string; stats: Stats }> {
  yield* walk(openSync(root, FOLDER), "", MOST.parts);
}

function* walk(folder: number, before: string, depth: number): Generator<{ path: string; stats: Stats }> {
  try {
    for (const name of readdirSync(inside(folder, "")).sort()) {
      if (name.startsWith(".") || /[\\\p{Cc}]/u.test(name)) continue;
      const stats = lstatSync(inside(folder, name), { throwIfNoEntry: false });
      if (stats?.isFile()) yield { path: before + name, stats };
      const next = stats?.isDirectory() && depth > 1 ? openFolder(folder, name) : undefined;
      if (next !== undefined) yield* walk(next, `${before}${name}/`, depth - 1);
    }
  } finally {
    closeSync(folder);
  }
}

function inside(folder: number, name: string): string {
  return `/proc/self/fd/${folder}/${name}`;
}

/** Undefined if there is none. */
function openFolder(folder: number, name: string, make = false): number | undefined {
  try {
    if (make) mkdirSync(inside(folder, name), { mode: FOLDER_MODE });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  try {
    return openSync(inside(folder, name), FOLDER);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
