// SPDX-License-Identifier: Apache-2.0
//
// minisign's secret keys, in 158 bytes: which algorithms (signature, key derivation, checksum; 2 bytes each), 32 of salt,
// the two limits of 8 bytes, and, hidden by a password or not, the key's id, the secret and public halves, a checksum.
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import { fileRefusal } from "../../pipeline/problem.ts";
import { STRETCH, scryptNumbers, stretched } from "./key-stretching.ts";
import { bytesOf, commentOf, linesOf, MINISIGN_FILE_BYTES } from "./minisign-text.ts";
import { ALGORITHM, KEY_ID_BYTES, PUBLIC_KEY_BYTES, type PublicKey, publicKeyOf } from "./public-key.ts";

const SCRYPT = "Sc";
const PLAIN = "\0\0";
const BLAKE2B = "B2";
const SALT = { at: 6, bytes: 32 };
const LIMITS_AT = SALT.at + SALT.bytes;
const HIDDEN_AT = LIMITS_AT + 16;
const SEED_BYTES = 32;
const CHECKSUM_BYTES = 32;
const CHECKSUM_AT = KEY_ID_BYTES + SEED_BYTES + PUBLIC_KEY_BYTES;
const HIDDEN_BYTES = CHECKSUM_AT + CHECKSUM_BYTES;
/** Of an Ed25519 key in DER (RFC 8410): all that stands before its 32 bytes. */
const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");

export interface SecretKey {
  /** Its other half. */
  public: PublicKey;
  key: KeyObject;
}

/** `password` is asked only for a key that has one. Throws ProblemsError. */
export async function readSecretKey(
  text: string,
  file: string,
  password: () => Promise<string> | string,
): Promise<SecretKey> {
  const lines = linesOf(text, 2, file, "secret key");
  commentOf(lines[0], "untrusted", file);
  const bytes = bytesOf(lines[1], HIDDEN_AT + HIDDEN_BYTES, file, "key");
  const [algorithm, derivation, checksum] = [0, 2, 4].map((at) => bytes.toString("latin1", at, at + 2));
  if (algorithm !== ALGORITHM || checksum !== BLAKE2B || (derivation !== SCRYPT && derivation !== PLAIN))
    throw fileRefusal(file, "is a key of a kind that is not known; make one with stagebox plugin key, or minisign -G");
  const hidden = bytes.subarray(HIDDEN_AT);
  if (derivation === SCRYPT) await reveal(bytes, hidden, file, password);

  const id = hidden.subarray(0, KEY_ID_BYTES);
  const seed = hidden.subarray(KEY_ID_BYTES, KEY_ID_BYTES + SEED_BYTES);
  const stated = hidden.subarray(KEY_ID_BYTES + SEED_BYTES, CHECKSUM_AT);
  const secret = secretKeyOf(id, seed);
  // minisign leaves the checksum of a key without a password empty.
  if (!publicBytes(secret.key).equals(stated)) throw fileRefusal(file, "is damaged: its two halves are no pair");
  return secret;
}

/** Of what its first lines say, with a password or without; whole or not. */
export function isSecretKey(data: Uint8Array): boolean {
  const [comment, key = ""] = Buffer.from(data.subarray(0, MINISIGN_FILE_BYTES)).toString("latin1").split("\n");
  const begins = [SCRYPT, PLAIN].map((derivation) => `${ALGORITHM}${derivation}${BLAKE2B}`);
  const isComment = comment?.startsWith("untrusted comment: ") ?? false;
  return isComment && begins.includes(Buffer.from(key.slice(0, 8), "base64").toString("latin1"));
}

/** A new key, as text for its file; without a password it is as safe as the file is. */
export async function newSecretKey(password?: string): Promise<{ text: string; secret: SecretKey }> {
  const { privateKey } = generateKeyPairSync("ed25519");
  const seed = privateKey.export({ format: "der", type: "pkcs8" }).subarray(PKCS8.length);
  const id = randomBytes(KEY_ID_BYTES);
  const secret = secretKeyOf(id, seed);
  const head = Buffer.alloc(HIDDEN_AT);
  head.write(`${ALGORITHM}${password === undefined ? PLAIN : SCRYPT}${BLAKE2B}`, "latin1");
  const hidden = Buffer.concat([id, seed, publicBytes(secret.key), Buffer.alloc(CHECKSUM_BYTES)]);
  if (password !== undefined) {
    randomBytes(SALT.bytes).copy(head, SALT.at);
    head.writeBigUInt64LE(STRETCH.operations, LIMITS_AT);
    head.writeBigUInt64LE(STRETCH.memory_bytes, LIMITS_AT + 8);
    checksumOf(hidden).copy(hidden, CHECKSUM_AT);
    await toggle(head, hidden, password, "");
  }
  const comment = `minisign ${password === undefined ? "unencrypted" : "encrypted"} secret key`;
  return { text: `untrusted comment: ${comment}\n${Buffer.concat([head, hidden]).toString("base64")}\n`, secret };
}

async function reveal(bytes: Buffer, hidden: Buffer, file: string, password: () => Promise<string> | string) {
  // Before anybody is asked for a password.
  if (!scryptNumbers(limitsOf(bytes)))
    throw fileRefusal(file, "asks for more work than any key of minisign; not tried");
  await toggle(bytes, hidden, await password(), file);
  if (!checksumOf(hidden).equals(hidden.subarray(CHECKSUM_AT))) throw fileRefusal(file, "has another password");
}

/** Hides what is there to see, and the other way round. */
async function toggle(head: Buffer, hidden: Buffer, password: string, file: string): Promise<void> {
  const numbers = scryptNumbers(limitsOf(head));
  if (!numbers) throw fileRefusal(file, "asks for more work than can be done");
  const salt = head.subarray(SALT.at, SALT.at + SALT.bytes);
  const stream = await stretched(password, salt, hidden.length, numbers);
  for (let at = 0; at < hidden.length; at++) hidden[at] = (hidden[at] ?? 0) ^ (stream[at] ?? 0);
}

function limitsOf(head: Buffer) {
  return { operations: head.readBigUInt64LE(LIMITS_AT), memory_bytes: head.readBigUInt64LE(LIMITS_AT + 8) };
}

function checksumOf(hidden: Buffer): Buffer {
  const said = Buffer.concat([Buffer.from(ALGORITHM), hidden.subarray(0, CHECKSUM_AT)]);
  return new Bun.CryptoHasher("blake2b256").update(said).digest();
}

function secretKeyOf(id: Uint8Array, seed: Uint8Array): SecretKey {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: "der", type: "pkcs8" });
  return { public: publicKeyOf(id, publicBytes(key)), key };
}

function publicBytes(key: KeyObject): Buffer {
  return createPublicKey(key as never)
    .export({ format: "der", type: "spki" })
    .subarray(-PUBLIC_KEY_BYTES);
}
