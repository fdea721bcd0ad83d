// SPDX-License-Identifier: Apache-2.0
//
// Makes a bundle. The same payloads, key and time give the same bytes.
import { createHash, type KeyObject } from "node:crypto";
import { createReadStream, createWriteStream, renameSync, rmSync, statSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { constants, createZstdCompress } from "node:zlib";
import { ProblemsError } from "../../pipeline/problem.ts";
import { sign } from "./keys.ts";
import { FORMAT, MANIFEST_FILE, type Manifest, type Payload, parseManifest, SIGNATURE_FILE } from "./manifest.ts";
import { END_BYTES, paddingAfter, tarHeader } from "./tar.ts";

/** Where a payload comes from: a file, or a part of one. */
export interface PayloadSource {
  name: string;
  path: string;
  offset?: number;
  bytes?: number;
  compression: Payload["compression"];
}

const ZSTD_LEVEL = 15;

/** Writes the bundle to `out`, whole or not at all. Throws ProblemsError. */
export async function writeBundle(
  about: Omit<Manifest, "format" | "payloads">,
  sources: readonly PayloadSource[],
  key: KeyObject,
  out: string,
): Promise<Manifest> {
  const temporary = `${out}.part`;
  const packedFile = (at: number) => `${temporary}-${at}`;
  try {
    const payloads: Payload[] = [];
    for (const [at, source] of sources.entries()) payloads.push(await pack(source, packedFile(at)));
    const text = `${JSON.stringify({ format: FORMAT, ...about, payloads }, null, 2)}\n`;
    const manifest = parseManifest(text, out); // what could not be read is not written
    const bytes = Buffer.from(text);
    await pipeline(async function* () {
      yield* entry(MANIFEST_FILE, bytes);
      yield* entry(SIGNATURE_FILE, sign(key, bytes));
      for (const [at, { name, bytes }] of payloads.entries()) {
        yield tarHeader({ name, bytes });
        yield* createReadStream(packedFile(at));
        yield Buffer.alloc(paddingAfter(bytes));
      }
      yield Buffer.alloc(END_BYTES);
    }, createWriteStream(temporary));
    renameSync(temporary, out);
    return manifest;
  } finally {
    for (const at of sources.keys()) rmSync(packedFile(at), { force: true });
    rmSync(temporary, { force: true });
  }
}

async function pack(source: PayloadSource, to: string): Promise<Payload> {
  const { name, path, offset = 0, compression } = source;
  const bytes = source.bytes ?? statSync(path).size - offset;
  if (bytes <= 0) throw new ProblemsError([{ file: path, message: "is empty" }]);
  const unpacked = new Counted();
  const packed = new Counted();
  const read = createReadStream(path, { start: offset, end: offset + bytes - 1 });
  const write = createWriteStream(to);
  const zstd = () => createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL } });
  if (compression === "zstd") await pipeline(read, unpacked.watch, zstd(), packed.watch, write);
  else await pipeline(read, unpacked.watch, packed.watch, write);
  return {
    ...{ name, bytes: packed.bytes, sha256: packed.sha256() },
    ...{ unpacked_bytes: unpacked.bytes, unpacked_sha256: unpacked.sha256(), compression },
  };
}

/** Counts and hashes what goes through. */
class Counted {
  bytes = 0;
  readonly #hash = createHash("sha256");

  readonly watch = async function* (this: Counted, pieces: AsyncIterable<Uint8Array>) {
    for await (const piece of pieces) {
      this.bytes += piece.length;
      this.#hash.update(piece);
      yield piece;
    }
  }.bind(this);

  sha256(): string {
    return this.#hash.digest("hex");
  }
}

function* entry(name: string, bytes: Uint8Array): Generator<Uint8Array> {
  yield tarHeader({ name, bytes: bytes.length });
  yield bytes;
  yield Buffer.alloc(paddingAfter(bytes.length));
}
