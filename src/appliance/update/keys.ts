// SPDX-License-Identifier: Apache-2.0
//
// Who may make updates for this box: the ed25519 keys whose public halves lie on its image. Whoever builds an image puts
// their own there.
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign as signBytes,
  verify as verifyBytes,
} from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileRefusal, messageOf } from "../../pipeline/problem.ts";

export const SIGNATURE_BYTES = 64;

/** The public keys in a folder. Throws ProblemsError where there is none, or one that is no such key. */
export function readUpdateKeys(folder: string): KeyObject[] {
  let names: string[] = [];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith(".pem"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  if (names.length === 0)
    throw fileRefusal(folder, "holds no key, so no update can be trusted; build the image with --update-key");
  return names.sort().map((name) => {
    const path = join(folder, name);
    return ed25519(path, () => createPublicKey(readFileSync(path)));
  });
}

export function isSignedByOneOf(keys: readonly KeyObject[], bytes: Uint8Array, signature: Uint8Array): boolean {
  return signature.length === SIGNATURE_BYTES && keys.some((key) => verifyBytes(null, bytes, key, signature));
}

/** The private key in a file, for whoever makes bundles. Throws ProblemsError. */
export function readSigningKey(path: string): KeyObject {
  return ed25519(path, () => createPrivateKey(readFileSync(path)));
}

export function sign(key: KeyObject, bytes: Uint8Array): Uint8Array {
  return signBytes(null, bytes, key);
}

/** Writes a new private key to `path`, and its public half beside it. Returns where that lies. Throws ProblemsError where
 * either is there already: boxes may go by it. */
export function makeKeyPair(path: string): string {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const publicPath = `${path.replace(/\.pem$/, "")}.pub.pem`;
  for (const file of [path, publicPath])
    if (existsSync(file))
      throw fileRefusal(file, "is there already, and a key is never overwritten; name another file");
  writeFileSync(path, privateKey.export({ format: "pem", type: "pkcs8" }), { flag: "wx", mode: 0o600 });
  writeFileSync(publicPath, publicKey.export({ format: "pem", type: "spki" }), { flag: "wx", mode: 0o644 });
  return publicPath;
}

function ed25519(path: string, read: () => KeyObject): KeyObject {
  let key: KeyObject;
  try {
    key = read();
  } catch (error) {
    throw fileRefusal(path, `cannot be read as a key (${messageOf(error)}); \`stagebox bundle key\` makes one`);
  }
  if (key.asymmetricKeyType === "ed25519") return key;
  throw fileRefusal(path, `is a key of the type ${key.asymmetricKeyType}; \`stagebox bundle key\` makes ed25519 ones`);
}
