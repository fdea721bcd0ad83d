// SPDX-License-Identifier: Apache-2.0
//
// The capability `filesystem`: names and sizes in the folders that were granted. A path is walked part by part from the
// granted folder on, over no link; the process's sandbox holds where somebody puts a link in its place meanwhile.
import { lstatSync, opendirSync, type Stats } from "node:fs";
import { join } from "node:path";
import { type Capabilities, CapabilityError, type FileError, type FileKind } from "./capabilities.ts";

const MOST = { entries: 10_000, path_bytes: 1024 };

/** `folders`: the name of each grant, and where it lies. */
export function grantedFolders(folders: ReadonlyMap<string, string>): NonNullable<Capabilities["filesystem"]> {
  return {
    grants: () => [...folders.keys()].sort(),
    listDir(grant, path) {
      const { folder, stats } = resolve(folders, grant, path);
      if (!stats.isDirectory()) throw new CapabilityError("not-a-directory");
      return answered(() => entriesOf(folder)).sort((one, other) => (one.name < other.name ? -1 : 1));
    },
    readMetadata(grant, path) {
      const { stats } = resolve(folders, grant, path);
      const kind = kindOf(stats);
      return {
        kind,
        size: BigInt(kind === "file" ? stats.size : 0),
        modifiedMs: BigInt(Math.max(0, Math.round(stats.mtimeMs))),
      };
    },
  };
}

function entriesOf(folder: string): { name: string; kind: FileKind }[] {
  const opened = opendirSync(folder);
  try {
    const entries: { name: string; kind: FileKind }[] = [];
    for (let entry = opened.readSync(); entry; entry = opened.readSync()) {
      if (entries.length === MOST.entries) throw new CapabilityError("too-many");
      entries.push({ name: entry.name, kind: kindOf(entry) });
    }
    return entries;
  } finally {
    opened.closeSync();
  }
}

/** Throws CapabilityError. */
export function resolve(
  folders: ReadonlyMap<string, string>,
  grant: string,
  path: string,
): { folder: string; stats: Stats } {
  const root = folders.get(grant);
  if (root === undefined) throw new CapabilityError("not-granted");
  const parts = path === "" ? [] : path.split("/");
  const isOdd = (part: string) => part === "" || part === "." || part === ".." || part.includes("\0");
  if (Buffer.byteLength(path) > MOST.path_bytes || parts.some(isOdd)) throw new CapabilityError("bad-path");
  let folder = root;
  let stats = answered(() => lstatSync(folder));
  for (const part of parts) {
    if (!stats.isDirectory()) throw new CapabilityError(stats.isSymbolicLink() ? "bad-path" : "not-a-directory");
    folder = join(folder, part);
    stats = answered(() => lstatSync(folder));
  }
  return { folder, stats };
}

function kindOf(entry: Pick<Stats, "isFile" | "isDirectory">): FileKind {
  return entry.isFile() ? "file" : entry.isDirectory() ? "directory" : "other";
}

const ANSWERS: Record<string, FileError> = { ENOENT: "not-found", ENOTDIR: "not-a-directory", EACCES: "not-found" };

function answered<T>(look: () => T): T {
  try {
    return look();
  } catch (error) {
    if (error instanceof CapabilityError) throw error;
    throw new CapabilityError(ANSWERS[(error as NodeJS.ErrnoException).code ?? ""] ?? "io");
  }
}
