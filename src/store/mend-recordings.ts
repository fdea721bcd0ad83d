// SPDX-License-Identifier: Apache-2.0
import { closeSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../pipeline/problem.ts";

const RECORDING_FIELD = { start: 88, bytes: 80 };

/** Mends what a power cut left half written in the recordings folder: EDF and BDF files of our own making, nobody
 * else's. `repair` mends one file and returns whether it had to. */
export function mendRecordings(
  folder: string,
  repair: (path: string) => boolean,
  notify: (notice: string) => void,
): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const { name } = entry;
    if (!entry.isFile() || !/^[^.].*\.[eb]df$/.test(name)) continue; // a link may lead anywhere
    const path = join(folder, name);
    try {
      if (isOurs(path) && repair(path)) notify(`${name} had been broken off and is whole again up to its last second`);
    } catch (error) {
      notify(`${name} cannot be mended: ${messageOf(error)}`);
    }
  }
}

function isOurs(path: string): boolean {
  const field = Buffer.alloc(RECORDING_FIELD.bytes);
  const fd = openSync(path, "r");
  try {
    readSync(fd, field, 0, field.length, RECORDING_FIELD.start);
  } finally {
    closeSync(fd);
  }
  return field.includes(" Stagebox_");
}
