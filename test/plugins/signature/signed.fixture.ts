// SPDX-License-Identifier: Apache-2.0
//
// Plugins that somebody signed where they lie, as an installation of a bundle leaves them.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hashFolder } from "../../../src/plugins/signature/contents.ts";
import { formatPublicKey } from "../../../src/plugins/signature/public-key.ts";
import { newSecretKey, type SecretKey } from "../../../src/plugins/signature/secret-key.ts";
import { sign } from "../../../src/plugins/signature/signature.ts";
import { formatSums, SIGNATURE_FILE, SUMS_FILE } from "../../../src/plugins/signature/sums.ts";

export async function newKey(): Promise<SecretKey> {
  return (await newSecretKey()).secret;
}

/** Puts SHA256SUMS and a signature into a folder. */
export async function signFolder(folder: string, secret: SecretKey): Promise<void> {
  const list = formatSums((await hashFolder(folder)).files);
  writeFileSync(join(folder, SUMS_FILE), list);
  writeFileSync(join(folder, SIGNATURE_FILE), sign(Buffer.from(list), secret, "of the test"));
}

/** Puts a public key among those that are trusted. */
export function trust(folder: string, name: string, secret: SecretKey): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}.pub`);
  writeFileSync(file, formatPublicKey(secret.public));
  return file;
}
