// SPDX-License-Identifier: Apache-2.0
//
// Small files of the system's, or of another process's, that may not be there or may hold anything: what cannot be read
// reads as nothing.
import { readdirSync, readFileSync } from "node:fs";

/** Without the space around it. */
export function readText(path: string): string {
  return orElse("", () => readFileSync(path, "utf8").trim());
}

/** What stands in it is still anybody's; undefined if it is no JSON. */
export function readJson(path: string): unknown {
  return orElse(undefined, () => JSON.parse(readFileSync(path, "utf8")));
}

/** What is in a folder, by name. */
export function readNames(folder: string): string[] {
  return orElse([], () => readdirSync(folder).sort());
}

function orElse<T>(nothing: T, read: () => T): T {
  try {
    return read();
  } catch {
    return nothing;
  }
}
