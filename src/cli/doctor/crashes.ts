// SPDX-License-Identifier: Apache-2.0
//
// What an appliance kept of its crashes (image/layers/storage/files/usr/lib/stagebox/crash-log): a file each, named by
// when it was. Root's alone to read, since anything may have been said last.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Finding, note, ok } from "./finding.ts";

const NAME = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)\d\dZ-(?:service|kernel).*\.log$/;
const MOST_CHARS = 160;

/** None where nobody keeps any: this is no appliance. */
export function crashes(folder: string): Finding[] {
  const names = namesIn(folder);
  if (names === "absent") return [];
  if (names === "forbidden")
    return [note("crashes", "whether anything crashed is root's to see", "sudo stagebox doctor")];
  const logs = names.filter((name) => NAME.test(name)).sort(); // by time
  const last = logs.at(-1);
  if (last === undefined) return [ok("crashes", "none is on record")];
  const path = join(folder, last);
  const when = last.replace(NAME, "$1-$2-$3 $4:$5 UTC");
  const words = lastWords(readFileSync(path, "utf8"), last.includes("-kernel"));
  return [
    note(
      "crashes",
      `the last of ${logs.length}, at ${when}: ${words}`,
      `sudo less ${path}; take it away once it is clear`,
    ),
  ];
}

/** It may hold whatever a program has said: nothing of that moves a terminal's cursor. */
function lastWords(log: string, isKernel: boolean): string {
  const [first = ""] = log.split("\n", 1);
  const line = isKernel ? (/Kernel panic.*/.exec(log)?.[0] ?? `the kernel, ${first}`) : first;
  return line.replace(/[^ -~]/g, "?").slice(0, MOST_CHARS);
}

function namesIn(folder: string): string[] | "absent" | "forbidden" {
  try {
    return readdirSync(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return "absent";
    if (code === "EACCES") return "forbidden";
    throw error;
  }
}
