// SPDX-License-Identifier: Apache-2.0
//
// minisign's signatures (jedisct1.github.io/minisign): an Ed25519 signature over the file, or over its BLAKE2b hash, and a
// second one over the first and the comment that is trusted with it.
import { createHash, sign as signBytes, verify as verifyBytes } from "node:crypto";
import { fileRefusal } from "../../pipeline/problem.ts";
import { bytesOf, commentOf, keyIdText, linesOf } from "./minisign-text.ts";
import { KEY_ID_BYTES, type PublicKey } from "./public-key.ts";
import type { SecretKey } from "./secret-key.ts";

const LEGACY = "Ed";
const PREHASHED = "ED";
const SIGNATURE_BYTES = 64;

export interface Signature {
  keyId: string;
  isPrehashed: boolean;
  bytes: Buffer;
  trustedComment: string;
  /** Over the two above. */
  global: Buffer;
}

/** A signature file. Throws ProblemsError. */
export function readSignature(text: string, file: string): Signature {
  const lines = linesOf(text, 4, file, "signature");
  commentOf(lines[0], "untrusted", file);
  const bytes = bytesOf(lines[1], 2 + KEY_ID_BYTES + SIGNATURE_BYTES, file, "signature");
  const algorithm = bytes.toString("latin1", 0, 2);
  if (algorithm !== LEGACY && algorithm !== PREHASHED)
    throw fileRefusal(file, "is a signature of a kind that is not known; sign with stagebox plugin sign, or minisign");
  return {
    keyId: keyIdText(bytes.subarray(2, 2 + KEY_ID_BYTES)),
    isPrehashed: algorithm === PREHASHED,
    bytes: bytes.subarray(2 + KEY_ID_BYTES),
    trustedComment: commentOf(lines[2], "trusted", file),
    global: bytesOf(lines[3], SIGNATURE_BYTES, file, "second signature"),
  };
}

/** The holder of the key signed these bytes, and the trusted comment. */
export function isSignedBy(message: Uint8Array, signature: Signature, { id, key }: PublicKey): boolean {
  const { keyId, isPrehashed, bytes, trustedComment, global } = signature;
  const signed = isPrehashed ? createHash("blake2b512").update(message).digest() : message;
  const whole = Buffer.concat([bytes, Buffer.from(trustedComment)]);
  return keyId === id && verifyBytes(null, signed, key, bytes) && verifyBytes(null, whole, key, global);
}

/** The text of a signature file, in minisign's prehashed form. `trustedComment`: one line. */
export function sign(message: Uint8Array, secret: SecretKey, trustedComment: string): string {
  const bytes = signBytes(null, createHash("blake2b512").update(message).digest(), secret.key);
  const global = signBytes(null, Buffer.concat([bytes, Buffer.from(trustedComment)]), secret.key);
  const id = Buffer.from(secret.public.line, "base64").subarray(2, 2 + KEY_ID_BYTES);
  const line = Buffer.concat([Buffer.from(PREHASHED), id, bytes]).toString("base64");
  return [
    `untrusted comment: signature from key ${secret.public.id}; verify with minisign -V`,
    line,
    `trusted comment: ${trustedComment}`,
    `${global.toString("base64")}\n`,
  ].join("\n");
}
