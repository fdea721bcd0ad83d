// SPDX-License-Identifier: Apache-2.0
//
// What lies in a plugin's folder, as far as signatures are concerned. The folder is hostile: each file is opened once,
// without waiting, and what is open is hashed, piece by piece, so that whatever else runs here goes on meanwhile.
import { createHash } from "node:crypto";
import { constants, existsSync } from "node:fs";
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileRefusal } from "../../pipeline/problem.ts";
import { megabytes } from "../../pipeline/words.ts";
import { readFileIn, systemWords } from "../discovery/plugin-files.ts";
import { LIMITS } from "../install/limits.ts";
import { MINISIGN_FILE_BYTES } from "./minisign-text.ts";
import { SIGNATURE_FILE, SUMS_BYTES, SUMS_FILE, type Sums } from "./sums.ts";

const PIECE_BYTES = 256 * 1024;

export interface Contents {
  /** SHA256SUMS and its signature, as they lie there. */
  list?: Buffer;
  signature?: Buffer;
  /** All other files. */
  files: Sums;
  /** What no signed plugin holds: links, pipes, what cannot be read. */
  odd: string[];
}

/** Without SHA256SUMS nothing is hashed. Throws ProblemsError. */
export async function readContents(folder: string): Promise<Contents> {
  const read = (name: string, most: number) =>
    existsSync(join(folder, name)) ? readFileIn(folder, name, most) : undefined;
  const list = read(SUMS_FILE, SUMS_BYTES);
  if (!list) return { files: new Map(), odd: [] };
  const signature = read(SIGNATURE_FILE, MINISIGN_FILE_BYTES);
  return { list, ...(signature && { signature }), ...(await hashFolder(folder)) };
}

/** Every file below, hidden ones too, but for SHA256SUMS and its signature. Throws ProblemsError for what is too much for
 * any plugin. */
export async function hashFolder(folder: string): Promise<{ files: Map<string, string>; odd: string[] }> {
  const files = new Map<string, string>();
  const odd: string[] = [];
  let count = 0;
  let left: number = LIMITS.unpacked_bytes;
  const visit = async (below: string): Promise<void> => {
    for (const entry of await readdir(join(folder, below), { withFileTypes: true })) {
      const name = below === "" ? entry.name : `${below}/${entry.name}`;
      if (++count > LIMITS.entries) throw fileRefusal(folder, `holds more than ${LIMITS.entries} files`);
      if (entry.isDirectory()) await visit(name);
      else if (name !== SUMS_FILE && name !== SIGNATURE_FILE) {
        const hashed = await hashFile(join(folder, name), left);
        if (!hashed) odd.push(name);
        else files.set(name, hashed.sum);
        left -= hashed?.bytes ?? 0;
        if (left < 0) throw fileRefusal(folder, `holds more than ${megabytes(LIMITS.unpacked_bytes)}`);
      }
    }
  };
  await visit("").catch((error) => {
    throw "syscall" in error ? fileRefusal(folder, systemWords(error)) : error;
  });
  return { files, odd };
}

/** Undefined for what is no file that can be read. Ends soon after `most` bytes. */
async function hashFile(path: string, most: number): Promise<{ sum: string; bytes: number } | undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    () => undefined,
  );
  try {
    if (!file || !(await file.stat()).isFile()) return undefined;
    const hash = createHash("sha256");
    const piece = Buffer.alloc(PIECE_BYTES);
    let bytes = 0;
    for (let read = -1; read !== 0 && bytes <= most; bytes += read) {
      read = (await file.read(piece, 0, PIECE_BYTES)).bytesRead;
      hash.update(piece.subarray(0, read));
    }
    return { sum: hash.digest("hex"), bytes };
  } catch {
    return undefined;
  } finally {
    await file?.close();
  }
}
