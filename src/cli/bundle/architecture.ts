// SPDX-License-Identifier: Apache-2.0
import { closeSync, openSync, readSync } from "node:fs";
import { fileRefusal } from "../../pipeline/problem.ts";

/** ELF's e_machine, and how Node names it. */
const MACHINES: Record<number, string> = { 62: "x64", 183: "arm64" };
const HEADER_BYTES = 20;

/** What an executable runs on, by its own header. Throws ProblemsError. */
export function architectureOf(path: string): string {
  const header = Buffer.alloc(HEADER_BYTES);
  const file = openSync(path, "r");
  try {
    readSync(file, header, 0, header.length, 0);
  } finally {
    closeSync(file);
  }
  const isElf = header.toString("latin1", 0, 4) === "\x7fELF";
  const machine = MACHINES[header.readUInt16LE(18)];
  if (isElf && machine) return machine;
  throw fileRefusal(path, "is no executable for arm64 or x64; npm run build makes them in dist/");
}
