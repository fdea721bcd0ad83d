// SPDX-License-Identifier: Apache-2.0
//
// Requests as root takes them out of a folder that belongs to somebody else: that may hold links, pipes, folders and
// anything else under any name, and may change while it is looked at, or become a link to a folder of root's. So the
// folder is opened once, and each file in it, without following a link, and what is open is what is asked and read.
// Whatever is there is gone afterwards, good or bad: systemd starts root's work as long as the folder holds anything.
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  unlinkSync,
} from "node:fs";
import { join } from "node:path";
import type { Places } from "../places.ts";
import { type RequestKind, readRequest, readRequestName, type SystemRequest } from "./request.ts";

const MOST_BYTES = 4096;

export interface TakenRequest {
  kind: RequestKind;
  id: string;
  request: SystemRequest;
}

/** All that is there now, in the order of their names; what is wrong with the others. */
export function takeRequests(places: Places): { taken: TakenRequest[]; refused: string[] } {
  const taken: TakenRequest[] = [];
  const refused: string[] = [];
  const folder = openFolder(places.requests, (fault) => refused.push(fault));
  if (folder === undefined) return { taken, refused };
  try {
    for (const bytes of namesIn(folder)) {
      const path = pathIn(folder, bytes);
      const read = readOnce(path, lstatSync(places.run).uid);
      remove(path, places);
      const name = bytes.toString();
      const known = readRequestName(name);
      const request = known && read.text !== undefined ? readRequest(known.kind, read.text) : undefined;
      if (known && typeof request === "object") taken.push({ ...known, request });
      else refused.push(`${JSON.stringify(name.slice(0, 64))} ${read.fault ?? request ?? "is no name of a request"}`);
    }
  } finally {
    closeSync(folder);
  }
  return { taken, refused };
}

/** Undefined if there is none; what lies there in its place is taken away. */
function openFolder(path: string, refuse: (fault: string) => void): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    if (code !== "ELOOP" && code !== "ENOTDIR") throw error;
    unlinkSync(path);
    refuse(`${path} is no folder`);
    return undefined;
  }
}

/** As bytes: a name that is no text could not be found again by its letters, nor be removed. */
function namesIn(folder: number): Buffer[] {
  // A hidden one is still being written, and starts nobody: systemd's DirectoryNotEmpty= does not count it either.
  return readdirSync(`/proc/self/fd/${folder}`, { encoding: "buffer" })
    .filter((name) => name[0] !== ".".charCodeAt(0))
    .sort(Buffer.compare);
}

function pathIn(folder: number, name: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`/proc/self/fd/${folder}/`), name]);
}

/** `owner`: whose requests are heard. */
function readOnce(path: Buffer, owner: number): { text?: string; fault?: string } {
  let file: number;
  try {
    // Without waiting for a pipe's other end.
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    return { fault: `cannot be opened (${(error as NodeJS.ErrnoException).code})` };
  }
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) return { fault: "is no file" };
    if (stats.uid !== owner || stats.nlink !== 1 || (stats.mode & 0o022) !== 0)
      return { fault: "is not the service's alone" };
    if (stats.size > MOST_BYTES) return { fault: `is larger than ${MOST_BYTES} bytes` };
    const bytes = Buffer.alloc(MOST_BYTES);
    return { text: bytes.subarray(0, readSync(file, bytes, 0, bytes.length, 0)).toString("utf8") };
  } finally {
    closeSync(file);
  }
}

/** A folder is not emptied, since it could become another one meanwhile, but put aside until the next boot. */
function remove(path: Buffer, { run_system }: Places): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    const aside = join(run_system, "refused");
    mkdirSync(aside, { recursive: true, mode: 0o700 });
    renameSync(path, join(aside, crypto.randomUUID()));
  }
}
