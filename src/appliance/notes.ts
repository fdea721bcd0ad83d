// SPDX-License-Identifier: Apache-2.0
//
// What root has to tell those who use the box: /run/stagebox-system/notes, a line a note, a file for each who has any
// (image/layers/storage/files/usr/lib/stagebox/data-lost is one). The service shows them.
import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { writeAtomic } from "../store/atomic-file.ts";
import type { Places } from "./places.ts";
import { readNames, readText } from "./read.ts";

const MOST = 32;
const MOST_CHARS = 300;

export async function writeSystemNotes(by: string, notes: readonly string[], { notes: folder }: Places): Promise<void> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, by);
  const lines = notes.map((note) => `${note.replaceAll(/\s+/g, " ")}\n`);
  if (lines.length > 0) await writeAtomic(path, lines.join(""));
  else await rm(path, { force: true });
}

/** None where this is no appliance. */
export function readSystemNotes({ notes: folder }: Pick<Places, "notes">): string[] {
  return readNames(folder)
    .filter((name) => !name.startsWith("."))
    .flatMap((name) => readText(join(folder, name)).split("\n"))
    .filter((line) => line !== "")
    .map((line) => line.slice(0, MOST_CHARS))
    .slice(0, MOST);
}

/** Memory stands in for the data partition until the next start: /usr/lib/stagebox/data-lost says so in a note. */
export function dataIsLost({ notes }: Pick<Places, "notes">): boolean {
  return existsSync(join(notes, "data"));
}
