// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Places } from "./places.ts";

/** What root's scripts had to say before the service started: a line a file in run/stagebox-system/notes. */
export function readSystemNotes({ run_system }: Places): string[] {
  const folder = join(run_system, "notes");
  try {
    return readdirSync(folder)
      .sort()
      .map((name) => readFileSync(join(folder, name), "utf8").trim())
      .filter((note) => note !== "");
  } catch {
    return [];
  }
}
