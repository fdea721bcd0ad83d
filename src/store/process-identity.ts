// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";

/** A running process's number and start: numbers are given again, but not with the same start. */
export function processIdentity(pid: number): string | undefined {
  try {
    // Its first thread's start is its own; an emulator makes up what a process reads in its own /proc/PID/stat.
    const stat = readFileSync(`/proc/${pid}/task/${pid}/stat`, "utf8");
    return `${pid} ${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]}`;
  } catch {
    return undefined;
  }
}
