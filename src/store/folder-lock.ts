// SPDX-License-Identifier: Apache-2.0
//
// One box, one data folder: two services in one folder would overwrite each other's state and mend each other's open
// recordings. The lock file names the process that has the folder; one that is no more has left it.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { ProblemsError } from "../pipeline/problem.ts";
import type { DataFolder } from "./folder.ts";

const FILE = "stagebox.lock";

/** Takes the folder; call the result to give it back. Throws ProblemsError if a running process has it. */
export function lockFolder(folder: DataFolder): () => void {
  const path = folder.file(FILE);
  const own = identity(process.pid) ?? `${process.pid}`;
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      writeFileSync(path, own, { flag: "wx", mode: 0o644 });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const owner = readOwner(path);
    if (owner !== undefined)
      throw new ProblemsError([
        {
          message: `process ${owner} is a Stagebox that uses ${folder.path}; stop it, or choose another folder with --data`,
        },
      ]);
    rmSync(path, { force: true });
  }
  throw new ProblemsError([{ message: `${path} comes back whenever it is removed; see which process makes it` }]);
}

/** The process that holds the lock, if it still runs. */
function readOwner(path: string): number | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
  const pid = Number.parseInt(text, 10);
  return text === identity(pid) ? pid : undefined;
}

/** A process's number and start: numbers are given again, but not with the same start. */
function identity(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return `${pid} ${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]}\n`;
  } catch {
    return undefined;
  }
}
