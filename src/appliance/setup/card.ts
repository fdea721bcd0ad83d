// SPDX-License-Identifier: Apache-2.0
//
// The set-up files on the FAT partition. FAT knows no journal: a cut in the middle of a rename can leave a file empty or
// gone. So what shall stand there is first kept on the data partition, until it does.
import { createHash } from "node:crypto";
import { closeSync, lstatSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { open, readFile, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileRefusal } from "../../pipeline/problem.ts";
import { TOML_LIMITS } from "../../pipeline/toml.ts";
import { syncFolder, writeAtomic } from "../../store/atomic-file.ts";
import type { Places } from "../places.ts";
import { writePrivate } from "../private-file.ts";

/** Two bytes a character, if it is in UTF-16. */
const MOST_BYTES = 2 * TOML_LIMITS.bytes;

/** What writeAtomic leaves when it is cut short. */
const UNFINISHED = /^\.(stagebox|rpi-preseed|custom)[a-z-]*\.(toml|txt)\.[0-9a-f]{12}$/;

/** In the order in which they are looked at by /usr/lib/stagebox/setup-wanted, too. */
export function cardFiles({ setup_file, preseed_file, custom_file }: Places): string[] {
  return [setup_file, preseed_file, custom_file];
}

/** Undefined if it is not there. Throws ProblemsError for what is too long, or no file. */
export function readCardFile(path: string): Buffer | undefined {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (!there) return undefined;
  const name = basename(path);
  if (!there.isFile()) throw fileRefusal(name, "is not a file; replace it by one");
  if (there.size > MOST_BYTES) throw fileRefusal(name, `has ${there.size} bytes; at most ${MOST_BYTES} are read`);
  return readFileSync(path);
}

/** Puts `bytes` in the place of a file, and writes over what was there: FAT would leave it readable on the card. */
export async function replaceCardFile(path: string, bytes: Uint8Array, places: Places): Promise<void> {
  const kept = keptFile(path, places);
  await writePrivate(kept, bytes);
  const before = await open(path, "r+");
  try {
    await writeAtomic(path, bytes);
    const { size } = await before.stat();
    await before.write(Buffer.alloc(size), 0, size, 0);
    await before.sync();
  } finally {
    await before.close();
  }
  await forget(kept);
}

/** Puts back what a power cut took while it was replaced. */
export async function mendCard(places: Places): Promise<void> {
  for (const name of readdirSync(places.firmware))
    if (UNFINISHED.test(name)) await rm(join(places.firmware, name), { force: true });
  for (const path of cardFiles(places)) {
    const kept = keptFile(path, places);
    const bytes = await readFile(kept).catch(() => undefined);
    if (!bytes) continue;
    const size = lstatSync(path, { throwIfNoEntry: false })?.size ?? 0;
    if (size === 0) await writeAtomic(path, bytes);
    await forget(kept);
  }
}

function keptFile(path: string, { setup }: Places): string {
  return join(setup, "card", basename(path));
}

async function forget(path: string): Promise<void> {
  await rm(path, { force: true });
  await syncFolder(join(path, ".."));
}

/** What `sha256sum` prints of those files that are there: by this the box knows that it has applied them. */
export function cardSums(places: Places): string {
  const lines = cardFiles(places).flatMap((path) => {
    if (!lstatSync(path, { throwIfNoEntry: false })?.isFile()) return [];
    return [`${hashOf(path)}  ${basename(path)}\n`];
  });
  return lines.join("");
}

/** By pieces: nobody says that it is short. */
function hashOf(path: string): string {
  const hash = createHash("sha256");
  const piece = Buffer.alloc(64 * 1024);
  const file = openSync(path, "r");
  try {
    for (let bytes = readSync(file, piece); bytes > 0; bytes = readSync(file, piece))
      hash.update(piece.subarray(0, bytes));
    return hash.digest("hex");
  } finally {
    closeSync(file);
  }
}

export async function readAppliedSums({ setup }: Places): Promise<string> {
  return readFile(join(setup, "applied"), "utf8").catch(() => "");
}

export async function writeAppliedSums(sums: string, { setup }: Places): Promise<void> {
  await writePrivate(join(setup, "applied"), sums);
}
