// SPDX-License-Identifier: Apache-2.0
//
// One box, one data folder: two services in one folder would overwrite each other's state and mend each other's open
// recordings. The lock file names the process that has the folder; one that is no more has left it. A second line says
// where that box answers, so that the command line finds it. Where the disk is full or read-only there is none: a box
// must start there, too, or nobody could fetch what it has recorded, nor delete any of it.
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ProblemsError } from "../pipeline/problem.ts";
import type { DataFolder } from "./folder.ts";
import { processIdentity } from "./process-identity.ts";

const FILE = "stagebox.lock";

export interface FolderLock {
  /** Where the box that has the folder answers: `http://127.0.0.1:8080`. */
  announce(url: string): void;
  unlock(): void;
}

/** Takes the folder. Throws ProblemsError if a running process has it. */
export function lockFolder(folder: DataFolder): FolderLock {
  const path = folder.file(FILE);
  const own = `${processIdentity(process.pid)}\n`;
  const lock: FolderLock = {
    announce: (url) =>
      void ifWritable(() => {
        writeFileSync(`${path}.new`, `${own}${url}\n`, { mode: 0o644 });
        renameSync(`${path}.new`, path);
      }),
    unlock: () => void ifWritable(() => rmSync(path, { force: true })),
  };
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      ifWritable(() => writeFileSync(path, own, { flag: "wx", mode: 0o644 }));
      return lock;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const owner = folderOwner(folder);
    if (owner !== undefined)
      throw new ProblemsError([
        {
          message: `process ${owner.pid} is a Stagebox that uses ${folder.path}; stop it, or choose another folder with --data`,
        },
      ]);
    if (!ifWritable(() => rmSync(path, { force: true }))) return lock;
  }
  throw new ProblemsError([{ message: `${path} comes back whenever it is removed; see which process makes it` }]);
}

/** The running process that has the folder, and where it answers, once it does. */
export function folderOwner(folder: DataFolder): { pid: number; url?: string } | undefined {
  let text: string;
  try {
    text = readFileSync(join(folder.path, FILE), "utf8");
  } catch {
    return undefined;
  }
  const [owner = "", url] = text.split("\n");
  const pid = Number.parseInt(owner, 10);
  if (owner === "" || owner !== processIdentity(pid)) return undefined;
  return { pid, ...(url && { url }) };
}

/** Whether it could be. */
function ifWritable(act: () => void): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if (["ENOSPC", "EDQUOT", "EROFS"].includes((error as NodeJS.ErrnoException).code ?? "")) return false;
    throw error;
  }
}
