// SPDX-License-Identifier: Apache-2.0
//
// The first slot of an image with two: where in the file its partitions lie (GPT, UEFI specification 5.3), and what the
// image says of itself.
import { spawnSync } from "node:child_process";
import { closeSync, openSync, readSync } from "node:fs";
import type { Image } from "../../appliance/image.ts";
import { fileRefusal } from "../../pipeline/problem.ts";

const SECTOR = 512;
const SQUASHFS_MAGIC = 0x73717368;

interface Part {
  offset: number;
  bytes: number;
}

/** Throws ProblemsError. */
export async function readSlot(path: string): Promise<{ about: Image; root: Part; boot: Part }> {
  const file = openSync(path, "r");
  try {
    const parts = partitionsOf(file);
    const [root, boot] = [parts.get("root_a"), parts.get("boot_a")];
    if (!root || !boot)
      throw fileRefusal(path, "has no partitions root_a and boot_a; only images of the layout ab can be updated whole");
    const superblock = read(file, root.offset, 96);
    if (superblock.readUInt32LE(0) !== SQUASHFS_MAGIC) throw fileRefusal(path, "its root_a holds no squashfs");
    // What the file system fills, in pages: the rest of its partition is empty.
    const bytes = Math.ceil(Number(superblock.readBigUInt64LE(40)) / 4096) * 4096;
    return { about: aboutImage(path, root.offset), root: { offset: root.offset, bytes }, boot };
  } finally {
    closeSync(file);
  }
}

/** By the name in the partition table. */
function partitionsOf(file: number): Map<string, Part> {
  const header = read(file, SECTOR, 92);
  if (header.toString("latin1", 0, 8) !== "EFI PART") return new Map();
  const table = Number(header.readBigUInt64LE(72)) * SECTOR;
  const [count, size] = [Math.min(header.readUInt32LE(80), 128), Math.min(header.readUInt32LE(84), 4096)];
  const parts = Array.from({ length: count }, (_, at): [string, Part] => {
    const entry = read(file, table + at * size, size);
    const [first, last] = [Number(entry.readBigUInt64LE(32)), Number(entry.readBigUInt64LE(40))];
    const name = entry.toString("utf16le", 56, 128).replace(/\0+$/, "");
    return [name, { offset: first * SECTOR, bytes: (last - first + 1) * SECTOR }];
  });
  return new Map(parts.filter(([name]) => name !== ""));
}

function aboutImage(path: string, offset: number): Image {
  const { stdout, stderr, error } = spawnSync(
    "unsquashfs",
    ["-offset", String(offset), "-cat", path, "usr/lib/stagebox/image.json"],
    { encoding: "utf8" },
  );
  if (error) throw fileRefusal("unsquashfs", `cannot be run (${error.message}); apt install squashfs-tools`);
  try {
    return JSON.parse(stdout);
  } catch {
    throw fileRefusal(path, `its root says nothing of itself in usr/lib/stagebox/image.json: ${stderr.trim()}`);
  }
}

function read(file: number, offset: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  readSync(file, buffer, 0, bytes, offset);
  return buffer;
}
