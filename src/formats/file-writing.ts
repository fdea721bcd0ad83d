// SPDX-License-Identifier: Apache-2.0
import { closeSync, fsyncSync, openSync, unlinkSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { refuse } from "./refuse.ts";

/** Creates a file that begins with `header`, never over an existing one; returns its descriptor. */
export function createFile(path: string, header: Uint8Array): number {
  let fd: number;
  try {
    fd = openSync(path, "wx+", 0o644);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") refuse(path, "exists already; choose another name, recordings are never overwritten");
    refuse(path, `cannot be created (${message}); check the folder and its permissions`);
  }
  try {
    writeFully(fd, header, 0);
    syncFolder(path);
  } catch (error) {
    closeSync(fd);
    unlinkSync(path);
    throw error;
  }
  return fd;
}

/** One `write` as a rule; more only when the kernel took less. */
export function writeFully(fd: number, bytes: Uint8Array, position: number): void {
  for (let written = 0; written < bytes.length; )
    written += writeSync(fd, bytes, written, bytes.length - written, position + written);
}

/** Without this a power cut may take a new file's name, however often its data are synced. */
function syncFolder(path: string): void {
  const folder = openSync(dirname(path), "r");
  fsyncSync(folder);
  closeSync(folder);
}
