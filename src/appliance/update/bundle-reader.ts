// SPDX-License-Identifier: Apache-2.0
//
// A bundle from a stranger, read once from its first byte to its last: manifest, signature, then what the manifest
// lists, as it lists it. Nothing is used before the signature over the very bytes of the manifest holds, and whoever
// takes a payload must wait for its end before believing it: only then have its hashes been seen to hold.
import { createHash, type KeyObject } from "node:crypto";
import { pipeline, Readable } from "node:stream";
import { constants, createZstdDecompress } from "node:zlib";
import { fileRefusal, ProblemsError } from "../../pipeline/problem.ts";
import { quote } from "../../pipeline/words.ts";
import { ByteSource } from "./byte-source.ts";
import { isSignedByOneOf, SIGNATURE_BYTES } from "./keys.ts";
import { LIMITS, MANIFEST_FILE, type Manifest, type Payload, parseManifest, SIGNATURE_FILE } from "./manifest.ts";
import { BLOCK_BYTES, END_BYTES, paddingAfter, readTarHeader } from "./tar.ts";

/** More than this a packer may not ask us to keep in memory while we unpack: 2 ** 25 bytes. */
const WINDOW_LOG = 25;

export class BundleReader {
  private constructor(
    private readonly source: ByteSource,
    readonly file: string,
    readonly manifest: Manifest,
  ) {}

  /** `file`: its name for messages. Throws ProblemsError. */
  static async open(
    pieces: AsyncIterable<Uint8Array>,
    file: string,
    keys: readonly KeyObject[],
  ): Promise<BundleReader> {
    const source = new ByteSource(pieces);
    const manifest = await readEntry(source, file, MANIFEST_FILE, LIMITS.manifest_bytes);
    const signature = await readEntry(source, file, SIGNATURE_FILE, SIGNATURE_BYTES);
    if (!isSignedByOneOf(keys, manifest, signature))
      throw fileRefusal(
        file,
        "is not signed by a key that this box trusts, or was changed since; take it from whoever made the image",
      );
    return new BundleReader(source, file, parseManifest(Buffer.from(manifest).toString("utf8"), file));
  }

  /** Each payload once, in the manifest's order, unpacked. Throws ProblemsError; what came before is then worth nothing. */
  async *unpack(payload: Payload): AsyncGenerator<Uint8Array> {
    await expectHeader(this.source, this.file, payload.name, (bytes) => bytes === payload.bytes);
    const unpacked = unpackedFrom(this.#packed(payload), payload);
    const hash = createHash("sha256");
    let bytes = 0;
    try {
      for await (const piece of unpacked) {
        bytes += piece.length;
        if (bytes > payload.unpacked_bytes) throw this.#damaged(payload);
        hash.update(piece);
        yield piece;
      }
    } catch (error) {
      // Whatever the unpacker stumbled over, the manifest describes what it cannot have been.
      throw error instanceof ProblemsError || (error as NodeJS.ErrnoException).syscall ? error : this.#damaged(payload);
    }
    if (bytes !== payload.unpacked_bytes || hash.digest("hex") !== payload.unpacked_sha256)
      throw this.#damaged(payload);
  }

  /** Behind the last payload there is nothing. Throws ProblemsError. */
  async end(): Promise<void> {
    const end = await this.source.exactly(END_BYTES);
    if (end.length !== END_BYTES || end.some((byte) => byte !== 0) || !(await this.source.isAtEnd()))
      throw fileRefusal(this.file, "does not end where it should; download or copy it again");
  }

  async *#packed(payload: Payload): AsyncGenerator<Uint8Array> {
    const hash = createHash("sha256");
    let bytes = 0;
    for await (const piece of this.source.part(payload.bytes)) {
      bytes += piece.length;
      hash.update(piece);
      yield piece;
    }
    if (bytes < payload.bytes) throw brokenOff(this.file);
    if (hash.digest("hex") !== payload.sha256) throw this.#damaged(payload);
    await skipPadding(this.source, this.file, payload.bytes);
  }

  #damaged({ name }: Payload): ProblemsError {
    return fileRefusal(this.file, `${quote(name)} in it is damaged; download or copy it again`);
  }
}

function unpackedFrom(packed: AsyncIterable<Uint8Array>, { compression }: Payload): AsyncIterable<Uint8Array> {
  if (compression === "none") return packed;
  const unpacker = createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG } });
  pipeline(Readable.from(packed), unpacker, () => {}); // hands errors on to whoever reads
  return unpacker;
}

async function readEntry(source: ByteSource, file: string, name: string, most: number): Promise<Uint8Array> {
  const bytes = await expectHeader(source, file, name, (bytes) => bytes > 0 && bytes <= most);
  const content = await source.exactly(bytes);
  if (content.length < bytes) throw brokenOff(file);
  await skipPadding(source, file, bytes);
  return content;
}

async function expectHeader(
  source: ByteSource,
  file: string,
  name: string,
  isSize: (bytes: number) => boolean,
): Promise<number> {
  const block = await source.exactly(BLOCK_BYTES);
  if (block.length < BLOCK_BYTES) throw brokenOff(file);
  const entry = readTarHeader(block);
  if (entry?.name === name && isSize(entry.bytes)) return entry.bytes;
  throw fileRefusal(file, `is not a bundle of Stagebox: where ${quote(name)} should stand there is something else`);
}

async function skipPadding(source: ByteSource, file: string, bytes: number): Promise<void> {
  const padding = await source.exactly(paddingAfter(bytes));
  if (padding.length < paddingAfter(bytes)) throw brokenOff(file);
  if (padding.some((byte) => byte !== 0)) throw fileRefusal(file, "holds something between its parts");
}

function brokenOff(file: string): ProblemsError {
  return fileRefusal(file, "breaks off; download or copy it again");
}
