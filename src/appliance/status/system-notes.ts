// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Places } from "../places.ts";

const MOST_CHARS = 300;

/** What root's programs have to say to the operator: of the set-up, and a line a file in `notes`. */
export function systemNotes({ setup_report, run_system }: Places): string[] {
  const folder = join(run_system, "notes");
  const files = list(folder).map((name) => read(join(folder, name)).split("\n", 1)[0] ?? "");
  return [...setupNotes(setup_report), ...files].filter(Boolean).map((note) => note.slice(0, MOST_CHARS));
}

function setupNotes(report: string): string[] {
  try {
    const { notes } = JSON.parse(read(report));
    return Array.isArray(notes) ? notes.map(String) : [];
  } catch {
    return [];
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return []; // nobody has said anything
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
