// SPDX-License-Identifier: Apache-2.0
//
// Reads an official card image without mounting anything: the partition table as bytes, the FAT with mtools, the ext4
// with debugfs. All three work on a range of a file, so that it needs neither root nor a kernel that knows vfat.
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const SECTOR_BYTES = 512;

export interface Partition {
  /** From 1, as in /dev/mmcblk0p1. */
  number: number;
  type: number;
  start_bytes: number;
  bytes: number;
}

export interface Disk {
  path: string;
  bytes: number;
  /** Eight hexadecimal digits, the front part of every PARTUUID. */
  disk_id: string;
  partitions: Partition[];
}

/** Undefined if the first sector is no partition table. */
export function readDisk(path: string): Disk | undefined {
  const { size: bytes } = statSync(path);
  const sector = readRange(path, 0, SECTOR_BYTES);
  if (sector.length < SECTOR_BYTES || sector.readUInt16LE(510) !== 0xaa55) return undefined;
  const partitions = [1, 2, 3, 4]
    .map((number) => {
      const entry = sector.subarray(446 + 16 * (number - 1));
      return {
        number,
        type: entry.readUInt8(4),
        start_bytes: entry.readUInt32LE(8) * SECTOR_BYTES,
        bytes: entry.readUInt32LE(12) * SECTOR_BYTES,
      };
    })
    .filter(({ type }) => type !== 0);
  return { path, bytes, disk_id: sector.readUInt32LE(440).toString(16).padStart(8, "0"), partitions };
}

/** Names in the FAT's top folder, in lower case; undefined if there is no FAT. */
export function fatNames({ path }: Disk, { start_bytes }: Partition): string[] | undefined {
  const { exitCode, stdout } = Bun.spawnSync(["mdir", "-b", "-i", `${path}@@${start_bytes}`, "::"], {
    env: { ...process.env, MTOOLS_SKIP_CHECK: "1" },
  });
  if (exitCode !== 0) return undefined;
  return stdout
    .toString()
    .split("\n")
    .filter(Boolean)
    .map((line) => line.replace(/^::\//, "").replace(/\/$/, "").toLowerCase());
}

/** Free bytes of the FAT, as mdir's last line has them. */
export function fatFreeBytes({ path }: Disk, { start_bytes }: Partition): number {
  const { stdout } = Bun.spawnSync(["mdir", "-i", `${path}@@${start_bytes}`, "::"]);
  const free = /([\d ]+) bytes free/.exec(stdout.toString())?.[1] ?? "0";
  return Number(free.replaceAll(" ", ""));
}

export interface Ext4 {
  /** What its superblock says, which is what the kernel goes by. */
  bytes: number;
  free_bytes: number;
}

export function readExt4({ path }: Disk, { start_bytes }: Partition): Ext4 | undefined {
  const block = readRange(path, start_bytes + 1024, 1024);
  if (block.length < 1024 || block.readUInt16LE(0x38) !== 0xef53) return undefined;
  const block_bytes = 1024 << block.readUInt32LE(0x18);
  const reserved = block.readUInt32LE(0x08);
  return {
    bytes: block.readUInt32LE(0x04) * block_bytes,
    free_bytes: Math.max(0, block.readUInt32LE(0x0c) - reserved) * block_bytes,
  };
}

/** A file of the ext4; links are followed, as the tool itself does not for the last part. */
export function readRootFile(disk: Disk, root: Partition, path: string): Buffer | undefined {
  const folder = mkdtempSync(join(tmpdir(), "stagebox-raspios-"));
  try {
    const target = linkTarget(disk, root, path) ?? path;
    debugfs(disk, root, `dump "${target}" "${folder}/file"`);
    return readFileSync(join(folder, "file"));
  } catch {
    return undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function linkTarget(disk: Disk, root: Partition, path: string): string | undefined {
  const target = /Fast link dest: "([^"]+)"/.exec(debugfs(disk, root, `stat "${path}"`))?.[1];
  return target && join("/", target.startsWith("/") ? "" : join(path, ".."), target);
}

function debugfs({ path }: Disk, { start_bytes }: Partition, request: string): string {
  return Bun.spawnSync(["debugfs", "-R", request, `${path}?offset=${start_bytes}`]).stdout.toString();
}

function readRange(path: string, from: number, bytes: number): Buffer {
  const file = openSync(path, "r");
  try {
    const buffer = Buffer.alloc(bytes);
    return buffer.subarray(0, readSync(file, buffer, 0, bytes, from));
  } finally {
    closeSync(file);
  }
}
