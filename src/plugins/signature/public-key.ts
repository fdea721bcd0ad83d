// SPDX-License-Identifier: Apache-2.0
//
// minisign's public keys: "Ed", the key's id of 8 bytes, the Ed25519 key of 32.
import { createPublicKey, type KeyObject } from "node:crypto";
import { fileRefusal } from "../../pipeline/problem.ts";
import { bytesOf, commentOf, keyIdText, linesOf } from "./minisign-text.ts";

export const ALGORITHM = "Ed";
export const KEY_ID_BYTES = 8;
export const PUBLIC_KEY_BYTES = 32;
const ALL_BYTES = ALGORITHM.length + KEY_ID_BYTES + PUBLIC_KEY_BYTES;
/** Of an Ed25519 key in DER (RFC 8410): all that stands before its 32 bytes. */
const SPKI = Buffer.from("302a300506032b6570032100", "hex");

export interface PublicKey {
  /** As minisign prints it: 4CD957A53BF57BB0. Whoever likes may give a key any id: the key itself is what counts. */
  id: string;
  /** The one line that minisign takes behind -P. */
  line: string;
  key: KeyObject;
}

/** A public key file, or its second line alone. Throws ProblemsError. */
export function readPublicKey(text: string, file: string): PublicKey {
  const isLine = /^[A-Za-z0-9+/=]+$/.test(text.trim());
  const lines = isLine ? ["untrusted comment: ", text.trim()] : linesOf(text, 2, file, "public key");
  commentOf(lines[0], "untrusted", file);
  const bytes = bytesOf(lines[1], ALL_BYTES, file, "key");
  if (bytes.toString("latin1", 0, 2) !== ALGORITHM)
    throw fileRefusal(file, "is a key of a kind that is not known; make one with stagebox plugin key, or minisign -G");
  return publicKeyOf(bytes.subarray(2, 2 + KEY_ID_BYTES), bytes.subarray(2 + KEY_ID_BYTES));
}

export function publicKeyOf(id: Uint8Array, key: Uint8Array): PublicKey {
  return {
    id: keyIdText(id),
    line: Buffer.concat([Buffer.from(ALGORITHM), id, key]).toString("base64"),
    key: createPublicKey({ key: Buffer.concat([SPKI, key]), format: "der", type: "spki" }),
  };
}

export function formatPublicKey({ id, line }: PublicKey): string {
  return `untrusted comment: minisign public key ${id}\n${line}\n`;
}
