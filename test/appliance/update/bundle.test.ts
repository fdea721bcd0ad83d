// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { BundleReader } from "../../../src/appliance/update/bundle-reader.ts";
import { makeKeyPair, readSigningKey, readUpdateKeys, sign } from "../../../src/appliance/update/keys.ts";
import { paddingAfter, readTarHeader, tarHeader } from "../../../src/appliance/update/tar.ts";
import { ProblemsError } from "../../../src/pipeline/problem.ts";
import { BundleMaker, bytesOf, inPieces } from "./bundle.fixture.ts";

const maker = new BundleMaker();
const CONTENT = Buffer.concat([Buffer.from("an executable"), randomBytes(3000), Buffer.alloc(5000, "x")]);

/** What the bundle unpacks to. Throws ProblemsError. */
async function unpacked(bytes: Uint8Array, size?: number): Promise<Record<string, Buffer>> {
  const reader = await BundleReader.open(inPieces(bytes, size), "it.stagebox", maker.keys);
  const found: Record<string, Buffer> = {};
  for (const payload of reader.manifest.payloads) {
    const pieces: Uint8Array[] = [];
    for await (const piece of reader.unpack(payload)) pieces.push(piece);
    found[payload.name] = Buffer.concat(pieces);
  }
  await reader.end();
  return found;
}

/** A bundle whose manifest says what it likes, well signed. */
function forged(manifest: unknown, payload: Uint8Array = Buffer.alloc(0), name = "stagebox"): Uint8Array {
  const text = Buffer.from(typeof manifest === "string" ? manifest : JSON.stringify(manifest));
  const entry = (name: string, bytes: Uint8Array) => [
    tarHeader({ name, bytes: bytes.length }),
    bytes,
    Buffer.alloc(paddingAfter(bytes.length)),
  ];
  const signature = sign(readSigningKey(maker.private_key), text);
  return Buffer.concat([
    ...entry("manifest.json", text),
    ...entry("manifest.sig", signature),
    ...entry(name, payload),
    Buffer.alloc(1024),
  ]);
}

test("what was packed comes out again, whatever pieces it arrives in", async () => {
  const bytes = bytesOf(await maker.app(CONTENT));
  for (const size of [1, 511, 512, 65536]) expect((await unpacked(bytes, size)).stagebox).toEqual(CONTENT);
  const [root, boot] = [randomBytes(10_000), Buffer.alloc(20_000, "boot")];
  const image = await unpacked(bytesOf(await maker.image(root, boot)));
  expect([image["root.squashfs"], image["boot.fat"]]).toEqual([root, boot]);
});

test("tar agrees that it is a tar, and openssl that the signature holds", async () => {
  const path = await maker.app(CONTENT);
  const tar = (...args: string[]) => spawnSync("tar", args, { cwd: maker.folder, encoding: "utf8" });
  expect(tar("-tf", path).stdout).toBe("manifest.json\nmanifest.sig\nstagebox\n");
  expect(tar("-xf", path).status).toBe(0);
  const verify = ["pkeyutl", "-verify", "-pubin", "-inkey", join(maker.keys_folder, "update.pem.private.pub.pem")];
  const openssl = spawnSync("openssl", [...verify, "-rawin", "-in", "manifest.json", "-sigfile", "manifest.sig"], {
    cwd: maker.folder,
    encoding: "utf8",
  });
  expect(openssl.stdout.trim()).toBe("Signature Verified Successfully");
});

test("the same goes in, the same comes out", async () => {
  expect(bytesOf(await maker.app(CONTENT))).toEqual(bytesOf(await maker.app(CONTENT)));
});

test("cut off at any byte, it is refused", async () => {
  const bytes = bytesOf(await maker.app(CONTENT));
  for (let length = 0; length < bytes.length; length += length < 3000 ? 1 : 97)
    await expect(unpacked(bytes.subarray(0, length))).rejects.toBeInstanceOf(ProblemsError);
});

test("with any bit flipped, it is refused", async () => {
  const bytes = bytesOf(await maker.app(CONTENT));
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(7), async (at, bit) => {
      const flipped = bytes.slice();
      flipped[at] = (flipped[at] as number) ^ (1 << bit);
      // Some bits of a header mean nothing (owner, date); then what comes out must be what went in.
      const outcome = await unpacked(flipped).catch((error) => error);
      if (!(outcome instanceof ProblemsError)) expect(outcome.stagebox).toEqual(CONTENT);
    }),
    { numRuns: 400 },
  );
});

test("random bytes and random headers are refused in words", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 4096 }), async (bytes) => {
      await expect(unpacked(bytes)).rejects.toBeInstanceOf(ProblemsError);
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 512, maxLength: 512 }), (block) => readTarHeader(block) === undefined),
  );
});

test("a header says what was written", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z.]{1,100}$/), fc.nat(2 ** 31), (name, bytes) => {
      expect(readTarHeader(tarHeader({ name, bytes }))).toEqual({ name, bytes });
    }),
  );
});

test("another's key, a changed manifest, a second file and bytes behind the end are refused", async () => {
  const bytes = bytesOf(await maker.app(CONTENT));
  const other = join(maker.folder, "other.pem");
  makeKeyPair(other);
  const stranger = new BundleMaker();
  await expect(BundleReader.open(inPieces(bytes), "it", stranger.keys)).rejects.toThrow("not signed by a key");
  const changed = Buffer.from(Buffer.from(bytes).toString("latin1").replace('"1.0.0"', '"9.0.0"'), "latin1");
  await expect(unpacked(changed)).rejects.toThrow("not signed by a key");
  await expect(unpacked(Buffer.concat([bytes, Buffer.from("x")]))).rejects.toThrow("does not end where it should");
  const sooner = bytes.slice(0, -1024);
  await expect(
    unpacked(Buffer.concat([sooner, tarHeader({ name: "x", bytes: 0 }), Buffer.alloc(1024)])),
  ).rejects.toThrow("does not end");
});

test("a manifest that is signed is still checked, all at once", async () => {
  await expect(unpacked(forged("{"))).rejects.toThrow("is not JSON");
  await expect(unpacked(forged({ format: 2 }))).rejects.toThrow('format "2", and this Stagebox reads format 1');
  const error = await unpacked(forged({ format: 1, kind: "app", version: "1", build: "../x" })).catch((it) => it);
  const fields = (error as ProblemsError).problems.map(({ field }) => field);
  expect(fields).toEqual(["/version", "/build", "/arch", "/minimum", "/created", "/payloads"]);
  const proto = JSON.parse(readFileSync(join(maker.folder, "manifest.json"), "utf8"));
  await expect(unpacked(forged({ ...proto, kind: "constructor" }))).rejects.toThrow("is not app or image");
  await expect(unpacked(forged({ ...proto, version: "1.0.0+../../x" }))).rejects.toThrow("is not a version");
});

test("what unpacks to more than it says stops there", async () => {
  const bomb = Bun.zstdCompressSync(Buffer.alloc(50_000_000));
  const sha256 = (bytes: Uint8Array) => new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
  const manifest = {
    ...{ format: 1, kind: "app", version: "1.0.0", build: "b", arch: "x64", minimum: "0.0.1", created: "2026-01-01" },
    payloads: [
      {
        ...{ name: "stagebox", bytes: bomb.length, sha256: sha256(bomb), compression: "zstd" },
        ...{ unpacked_bytes: 1000, unpacked_sha256: sha256(Buffer.alloc(1000)) },
      },
    ],
  };
  let seen = 0;
  const reader = await BundleReader.open(inPieces(forged(manifest, bomb)), "bomb", maker.keys);
  const taking = async () => {
    for await (const piece of reader.unpack(reader.manifest.payloads[0] as never)) seen += piece.length;
  };
  await expect(taking()).rejects.toThrow("is damaged");
  expect(seen).toBeLessThan(1_000_000);
});

test("a key that is there, or whose public half is, is not overwritten", () => {
  const path = join(maker.folder, "kept.pem");
  const public_path = makeKeyPair(path);
  const before = readFileSync(public_path, "utf8");
  expect(() => makeKeyPair(path)).toThrow("a key is never overwritten");
  rmSync(path);
  expect(() => makeKeyPair(path)).toThrow("kept.pub.pem");
  expect(existsSync(path)).toBe(false);
  expect(readFileSync(public_path, "utf8")).toBe(before);
});

test("keys: a folder without any, and one that is of another kind, are said", () => {
  expect(() => readUpdateKeys(join(maker.folder, "nowhere"))).toThrow("holds no key");
  const path = join(maker.folder, "not.pem");
  writeFileSync(path, "-----BEGIN PUBLIC KEY-----\nxx\n-----END PUBLIC KEY-----\n");
  expect(() => readSigningKey(path)).toThrow("cannot be read as a key");
});
