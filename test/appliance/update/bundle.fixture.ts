// SPDX-License-Identifier: Apache-2.0
//
// Bundles for tests, with a key of their own.
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeBundle } from "../../../src/appliance/update/bundle-writer.ts";
import { makeKeyPair, readSigningKey, readUpdateKeys } from "../../../src/appliance/update/keys.ts";
import type { Manifest } from "../../../src/appliance/update/manifest.ts";

export class BundleMaker {
  readonly folder = mkdtempSync(join(tmpdir(), "stagebox-bundle-"));
  readonly keys_folder = join(this.folder, "keys");
  readonly private_key = join(this.folder, "keys/update.pem.private");
  readonly #key;
  #count = 0;

  constructor() {
    mkdirSync(this.keys_folder);
    makeKeyPair(this.private_key);
    this.#key = readSigningKey(this.private_key);
  }

  get keys() {
    return readUpdateKeys(this.keys_folder);
  }

  /** An executable's bundle; returns its path. */
  async app(content: string | Uint8Array, about: Partial<Manifest> = {}): Promise<string> {
    return this.#write({ kind: "app", ...about }, [{ name: "stagebox", content, compression: "zstd" }]);
  }

  async image(root: Uint8Array, boot: Uint8Array, about: Partial<Manifest> = {}): Promise<string> {
    return this.#write({ kind: "image", layout: "ab", ...about }, [
      { name: "root.squashfs", content: root, compression: "none" },
      { name: "boot.fat", content: boot, compression: "zstd" },
    ]);
  }

  async #write(
    about: Partial<Manifest> & Pick<Manifest, "kind">,
    payloads: { name: string; content: string | Uint8Array; compression: "zstd" | "none" }[],
  ): Promise<string> {
    const number = ++this.#count;
    const sources = payloads.map(({ name, content, compression }) => {
      const path = join(this.folder, `${number}-${name}`);
      writeFileSync(path, content);
      return { name, path, compression };
    });
    const out = join(this.folder, `${number}.stagebox`);
    await writeBundle(
      {
        ...{ version: "1.0.0", build: "b1", arch: process.arch, minimum: "0.0.1" },
        ...{ created: "2026-01-01T00:00:00.000Z", ...about },
      },
      sources,
      this.#key,
      out,
    );
    return out;
  }
}

/** A file's bytes as a stream of pieces of odd sizes. */
export async function* inPieces(bytes: Uint8Array, size = 1000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export function bytesOf(path: string): Uint8Array {
  return new Uint8Array(readFileSync(path));
}
