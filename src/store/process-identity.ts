// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";

/** A running process's number and start: numbers are given again, but not with the same start. */
export function processIdentity(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return `${pid} ${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]}`;
  } catch {
    return undefined;
  }
}
