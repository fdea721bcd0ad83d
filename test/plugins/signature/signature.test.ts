// SPDX-License-Identifier: Apache-2.0
import { expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { ProblemsError } from "../../../src/pipeline/problem.ts";
import { scryptNumbers } from "../../../src/plugins/signature/key-stretching.ts";
import { formatPublicKey, readPublicKey } from "../../../src/plugins/signature/public-key.ts";
import { newSecretKey, readSecretKey } from "../../../src/plugins/signature/secret-key.ts";
import { isSignedBy, readSignature, sign } from "../../../src/plugins/signature/signature.ts";
import { problemsOf, testFolders } from "../folders.fixture.ts";
import { at, minisign, minisignIsHere } from "./minisign.ts";

setDefaultTimeout(60_000);
const { fresh } = testFolders();
const never = () => {
  throw new Error("asked for a password");
};

const KEY = "RWSwe/U7pVfZTFHwxHGtgarQXn9QFe5JBUGwITxdoFH58pDd2sCInI/n";
const HI = `untrusted comment: signature from minisign secret key
RUSwe/U7pVfZTA5ewm+xaQ0BFBoTLtmI9QwDrYQ1u+DgCFmSs7CKzUbyR/DVghbicQcS3gpuPA8utelYU5bP67eSyYf2PrutQAA=
trusted comment: my trusted
cJk3Z8QJl/PYRTnHwFYXtEowNZovtFGKSvXdoQ7lD3hVp0yg1cl6p4aJtmgYCBrUXhz8OGQa6rlncshIjBatCg==
`;
const LEGACY = `untrusted comment: signature from minisign secret key
RWSwe/U7pVfZTNwVf59V409y02X8a2cKvZBJfACq6wvSbalsQvQdYnnRsx3QRpLquVnFxaG2GpkDfaUQkQ4YpkcAgvbT5ctTTAM=
trusted comment: timestamp:1795311532	file:m
DiME7VslSqpJHwvIyfYeBHIeXdK9tL/8+b48GyYS6yi1OYP4fWQCh6eK8lrq42pUgbsAIM2p3DZ3Sg1dQjlUAQ==
`;

test("what minisign 0.11 signed, in either form, holds for those bytes, that key and that comment alone", () => {
  const key = readPublicKey(KEY, "k");
  expect(key.id).toBe("4CD957A53BF57BB0");
  for (const [text, isPrehashed] of [
    [HI, true],
    [LEGACY, false],
  ] as const) {
    const signature = readSignature(text, "s");
    expect([signature.keyId, signature.isPrehashed]).toEqual([key.id, isPrehashed]);
    expect(isSignedBy(Buffer.from("hi"), signature, key)).toBe(true);
    expect(isSignedBy(Buffer.from("ho"), signature, key)).toBe(false);
    expect(isSignedBy(Buffer.from("hi"), { ...signature, trustedComment: "mine" }, key)).toBe(false);
    expect(isSignedBy(Buffer.from("hi"), { ...signature, isPrehashed: !isPrehashed }, key)).toBe(false);
    expect(isSignedBy(Buffer.from("hi"), { ...signature, keyId: "0000000000000000" }, key)).toBe(false);
  }
});

test("one flipped bit anywhere in a signature, and it holds no more", () => {
  const key = readPublicKey(KEY, "k");
  const { bytes, global, ...rest } = readSignature(HI, "s");
  fc.assert(
    fc.property(fc.nat(64 * 8 - 1), fc.boolean(), (bit, isGlobal) => {
      const flip = (of: Buffer) => {
        const copy = Buffer.from(of);
        copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        return copy;
      };
      const changed = { ...rest, bytes: isGlobal ? bytes : flip(bytes), global: isGlobal ? flip(global) : global };
      return !isSignedBy(Buffer.from("hi"), changed, key);
    }),
  );
});

test("what is signed here holds, whatever the bytes and the comment", async () => {
  const { secret } = await newSecretKey();
  const comment = fc.string({ unit: "grapheme", maxLength: 200 }).map((text) => text.replaceAll(/\p{Cc}|\n/gu, ""));
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), comment, (message, words) => {
      const signature = readSignature(sign(message, secret, words), "s");
      return signature.trustedComment === words && isSignedBy(message, signature, secret.public);
    }),
  );
});

test("keys survive being written and read, with a password and without", async () => {
  for (const password of [undefined, "", "Grüße 🔑"]) {
    const { text, secret } = await newSecretKey(password);
    const again = await readSecretKey(text, "k", () => password ?? never());
    expect(again.public.line).toBe(secret.public.line);
    expect(readPublicKey(formatPublicKey(secret.public), "p").id).toBe(secret.public.id);
    if (password !== undefined)
      expect(await problemsOf(() => readSecretKey(text, "k", () => "another"))).toEqual(["k: has another password"]);
  }
});

test("a key that asks for endless work is refused before a password is asked for", async () => {
  const { text } = await newSecretKey("x");
  const [comment, line = ""] = text.split("\n");
  const bytes = Buffer.from(line, "base64");
  for (const [operations, memory] of [
    [2n ** 63n, 2n ** 63n],
    [2n ** 40n, 2n ** 20n],
    [2n ** 31n, 2n ** 31n],
  ] as const) {
    bytes.writeBigUInt64LE(operations, 38);
    bytes.writeBigUInt64LE(memory, 46);
    const file = `${comment}\n${bytes.toString("base64")}\n`;
    expect(await problemsOf(() => readSecretKey(file, "k", never))).toEqual([
      "k: asks for more work than any key of minisign; not tried",
    ]);
  }
  expect(scryptNumbers({ operations: 33554432n, memory_bytes: 1073741824n })).toEqual({ log2_n: 20, p: 1 });
});

test("files from strangers are read or refused in words, and nothing else", async () => {
  const { text: secret } = await newSecretKey();
  const pieces = [HI, LEGACY, secret, `untrusted comment: x\n${KEY}\n`];
  const cut = fc.record({
    text: fc.constantFrom(...pieces),
    at: fc.nat(400),
    gone: fc.nat(40),
    put: fc.oneof(
      fc.string({ maxLength: 20 }),
      fc.constantFrom("\n", "\r\n", "\0", "\u001b[2J", "=", "a".repeat(20000)),
    ),
  });
  await fc.assert(
    fc.asyncProperty(cut, async ({ text, at, gone, put }) => {
      const odd = text.slice(0, at) + put + text.slice(at + gone);
      for (const read of [readSignature, readPublicKey, (it: string, f: string) => readSecretKey(it, f, never)])
        try {
          await read(odd, "f");
        } catch (error) {
          if (!(error instanceof ProblemsError)) throw error;
        }
    }),
    { numRuns: 500 },
  );
});

test("a comment that would write over other lines is refused", async () => {
  expect(await problemsOf(() => readSignature(HI.replace("my trusted", "a\u001b[2Kb"), "s"))).toEqual([
    "s: has control characters in its trusted comment",
  ]);
});

test.skipIf(!minisignIsHere)("minisign verifies what is signed here, and the other way round", async () => {
  const folder = fresh();
  const file = at(folder);
  writeFileSync(file("message"), "some bytes\n");
  for (const password of [undefined, "secret words"]) {
    const { text, secret } = await newSecretKey(password);
    writeFileSync(file("ours.key"), text);
    writeFileSync(file("ours.pub"), formatPublicKey(secret.public));
    writeFileSync(file("message.minisig"), sign(readFileSync(file("message")), secret, "made here"));
    const verified = minisign(folder, ["-V", "-p", "ours.pub", "-m", "message"]);
    expect([verified.code, verified.said]).toEqual([0, expect.stringContaining("Trusted comment: made here")]);
    const how = password === undefined ? ["-W"] : [];
    const signed = minisign(folder, ["-S", ...how, "-s", "ours.key", "-m", "message", "-x", "t"], `${password}\n`);
    expect([signed.code, signed.said]).toEqual([0, expect.any(String)]);
    const signature = readSignature(readFileSync(file("t"), "utf8"), "t");
    expect(isSignedBy(readFileSync(file("message")), signature, secret.public)).toBe(true);
  }
});

test.skipIf(!minisignIsHere)("keys that minisign made sign here, too", async () => {
  const folder = fresh();
  const file = at(folder);
  writeFileSync(file("message"), "some bytes\n");
  for (const password of [undefined, "secret words"]) {
    const how = password === undefined ? ["-W"] : [];
    const made = minisign(folder, ["-G", "-f", ...how, "-p", "p.pub", "-s", "p.key"], `${password}\n${password}\n`);
    expect([made.code, made.said]).toEqual([0, expect.any(String)]);
    const secret = await readSecretKey(readFileSync(file("p.key"), "utf8"), "p.key", () => password ?? never());
    writeFileSync(file("message.minisig"), sign(readFileSync(file("message")), secret, "timestamp:1"));
    expect(minisign(folder, ["-V", "-p", "p.pub", "-m", "message"]).code).toBe(0);
    expect(minisign(folder, ["-V", "-p", "p.pub", "-m", "p.pub", "-x", "message.minisig"]).code).not.toBe(0);
    expect(readPublicKey(readFileSync(file("p.pub"), "utf8"), "p").line).toBe(secret.public.line);
  }
});
