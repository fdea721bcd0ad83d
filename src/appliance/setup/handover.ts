// SPDX-License-Identifier: Apache-2.0
//
// The card is root's to read. What the service's user shall take from it, a plugin, is laid where it can.
import { chmod, copyFile, lstat, mkdir, readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileRefusal } from "../../pipeline/problem.ts";
import type { Places } from "../places.ts";

const MOST_BYTES = 256 * 2 ** 20;
const MOST_FILES = 4096;

/** The path of a copy of the file or folder. Throws ProblemsError. */
export async function handOver(path: string, { handover }: Places): Promise<string> {
  await mkdir(handover, { recursive: true });
  await chmod(handover, 0o755);
  const copy = join(handover, basename(path));
  await copyTree(path, copy, { files: 0, bytes: 0 });
  return copy;
}

export async function takeBackAll({ handover }: Places): Promise<void> {
  await rm(handover, { recursive: true, force: true });
}

async function copyTree(from: string, to: string, sum: { files: number; bytes: number }): Promise<void> {
  const there = await lstat(from);
  sum.files++;
  sum.bytes += there.isFile() ? there.size : 0;
  if (sum.files > MOST_FILES || sum.bytes > MOST_BYTES) throw fileRefusal(basename(from), "is larger than any plugin");
  if (there.isFile()) {
    await copyFile(from, to);
    await chmod(to, 0o644);
  } else if (there.isDirectory()) {
    await mkdir(to, { recursive: true });
    await chmod(to, 0o755);
    for (const name of await readdir(from)) await copyTree(join(from, name), join(to, name), sum);
  } else throw fileRefusal(basename(from), "is neither a file nor a folder");
}
