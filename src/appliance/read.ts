// SPDX-License-Identifier: Apache-2.0
//
// Small files of the system's, or of another process's, that may not be there or may hold anything: what cannot be read
// reads as nothing. Root reads so what the service has written, too: no link leads it elsewhere, and no pipe keeps it.
import { constants, readdirSync, readFileSync } from "node:fs";

const AS_IT_LIES = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Without the space around it. */
export function readText(path: string): string {
  return orElse("", () => read(path).trim());
}

/** What stands in it is still anybody's; undefined if it is no JSON. */
export function readJson(path: string): unknown {
  return orElse(undefined, () => JSON.parse(read(path)));
}

/** What is in a folder, by name. */
export function readNames(folder: string): string[] {
  return orElse([], () => readdirSync(folder).sort());
}

function read(path: string): string {
  return readFileSync(path, { encoding: "utf8", flag: AS_IT_LIES as unknown as string }); // the types know names alone
}

function orElse<T>(nothing: T, read: () => T): T {
  try {
    return read();
  } catch {
    return nothing;
  }
}
