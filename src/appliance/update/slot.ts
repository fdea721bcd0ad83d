// SPDX-License-Identifier: Apache-2.0
//
// A slot's partitions, written and read back. Nothing of the running system lies there, and nothing starts from there
// until the boot loader is told to.
import { createHash } from "node:crypto";
import { closeSync, constants, fstatSync, fsyncSync, openSync, readFileSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { fileRefusal } from "../../pipeline/problem.ts";
import type { Host } from "../host.ts";
import type { Places } from "../places.ts";
import type { Slot } from "./boot-loader.ts";
import type { Payload } from "./manifest.ts";

const PIECE_BYTES = 2 ** 20;
const ROOT_OPTION = /root=PARTLABEL=root_([ab])/g;
/** As long as what it finds, less one: a match may lie across two pieces. */
const OVERLAP_BYTES = "root=PARTLABEL=root_a".length - 1;

export function partitionOf({ root }: Places, name: "root" | "boot", slot: Slot): string {
  return join(root, "dev/disk/by-partlabel", `${name}_${slot}`);
}

/** Throws ProblemsError for one that is too small; EBUSY for one that is mounted. */
export async function writePartition(
  device: string,
  { unpacked_bytes }: Payload,
  pieces: AsyncIterable<Uint8Array>,
  { root }: Places,
): Promise<void> {
  const file = openSync(device, constants.O_RDWR | constants.O_EXCL); // which a device refuses while it is mounted
  try {
    const room = sizeOf(file, root);
    if (unpacked_bytes > room)
      throw fileRefusal(
        device,
        `has ${room} bytes, and ${unpacked_bytes} are to be written; write the image to the card`,
      );
    let at = 0;
    for await (const piece of pieces) at += writeAll(file, piece, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Whether the card holds what was written to it. */
export async function holds(
  device: string,
  { unpacked_bytes, unpacked_sha256 }: Payload,
  host: Host,
): Promise<boolean> {
  await host.forgetCached(device);
  const hash = createHash("sha256");
  for (const { piece } of piecesOf(device, unpacked_bytes)) hash.update(piece);
  return hash.digest("hex") === unpacked_sha256;
}

/**
 * Makes the kernel that a boot partition starts look for the root of its own slot: one letter on its command line, which
 * lies in the FAT as plain text. One that names both slots chooses by itself. Throws ProblemsError for one that names none.
 */
export function nameRoot(device: string, bytes: number, slot: Slot): void {
  const found: { at: number; slot: string }[] = [];
  let before = "";
  for (const { piece, at } of piecesOf(device, bytes)) {
    const text = before + piece.toString("latin1");
    for (const { 0: option, 1: named = "", index } of text.matchAll(ROOT_OPTION))
      found.push({ at: at - before.length + index + option.length - 1, slot: named });
    before = text.slice(-OVERLAP_BYTES);
  }
  if (found.length === 0)
    throw fileRefusal(device, "names no root partition, so it cannot start; build the bundle again");
  if (new Set(found.map(({ slot }) => slot)).size > 1) return;
  const file = openSync(device, constants.O_RDWR | constants.O_EXCL);
  try {
    for (const { at } of found) writeSync(file, slot, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function* piecesOf(device: string, bytes: number): Generator<{ piece: Buffer; at: number }> {
  const buffer = Buffer.alloc(PIECE_BYTES);
  const file = openSync(device, "r");
  try {
    for (let at = 0; at < bytes; ) {
      const read = readSync(file, buffer, 0, Math.min(buffer.length, bytes - at), at);
      if (read === 0) return;
      yield { piece: buffer.subarray(0, read), at };
      at += read;
    }
  } finally {
    closeSync(file);
  }
}

function writeAll(file: number, piece: Uint8Array, at: number): number {
  let written = 0;
  while (written < piece.length) written += writeSync(file, piece, written, piece.length - written, at + written);
  return written;
}

/** A device's own size is 0; the kernel knows the right one in sectors of 512 bytes. */
function sizeOf(file: number, root: string): number {
  const { size, rdev } = fstatSync(file);
  if (size > 0) return size;
  const [major, minor] = [(rdev >> 8) & 0xfff, (rdev & 0xff) | ((rdev >> 12) & 0xfff00)];
  return 512 * Number(readFileSync(join(root, `sys/dev/block/${major}:${minor}/size`), "utf8"));
}
