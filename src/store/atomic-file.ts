// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { open, rename, rm, symlink, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/**
 * Writes a file so that whoever reads it, even after a power cut, finds the old content or the new, never a part:
 * into a hidden file beside it, to the disk, then in its place.
 */
export async function writeAtomic(path: string, data: string | Uint8Array, mode = 0o644): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.${randomBytes(6).toString("hex")}`);
  try {
    const file = await open(temporary, "wx", mode);
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  }
  await syncFolder(folder);
}

/** The same at once, for what must stand before the next line runs. Not `durable`: it outlasts this process, which costs
 * a card nothing, but no power cut. */
export function writeAtomicSync(path: string, data: string, { durable = true, mode = 0o644 } = {}): void {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}`);
  try {
    writeFileSync(temporary, data, { flag: "wx", mode, flush: durable });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  if (!durable) return;
  const folder = openSync(dirname(path), "r");
  fsyncSync(folder);
  closeSync(folder);
}

/** Makes or replaces a link so that whoever follows it, even after a power cut, finds the old target or the new. */
export async function linkAtomic(path: string, target: string): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}`);
  await rm(temporary, { force: true });
  await symlink(target, temporary);
  await rename(temporary, path);
  await syncFolder(dirname(path));
}

/** A rename is only durable once the folder that holds the name is on the disk. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
