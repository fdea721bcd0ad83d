// SPDX-License-Identifier: Apache-2.0
//
// stagebox plugin key, and reading such a key.
import { existsSync, readFileSync, statSync } from "node:fs";
import { fileRefusal, ProblemsError } from "../../pipeline/problem.ts";
import { MINISIGN_FILE_BYTES } from "../../plugins/signature/minisign-text.ts";
import { formatPublicKey } from "../../plugins/signature/public-key.ts";
import { newSecretKey, readSecretKey, type SecretKey } from "../../plugins/signature/secret-key.ts";
import { writeAtomic } from "../../store/atomic-file.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Output } from "../output.ts";
import { shownPath } from "./folders.ts";
import { keyPassword, newKeyPassword } from "./password.ts";

export async function newKey(file: string, plain: boolean, output: Output): Promise<ExitCode> {
  const publicFile = `${file.replace(/\.key$/, "")}.pub`;
  for (const path of [file, publicFile])
    if (existsSync(path))
      throw fileRefusal(path, "is there already, and a key is never overwritten; name another file");
  const { text, secret } = await newSecretKey(plain ? undefined : await newKeyPassword(file));
  await writeAtomic(file, text, 0o600);
  await writeAtomic(publicFile, formatPublicKey(secret.public));
  output.line(`${shownPath(file)} signs: keep it to yourself${plain ? ", as it has no password" : ""}`);
  output.line(`${shownPath(publicFile)} is for everybody: stagebox plugin trust ${shownPath(publicFile)}`);
  return EXIT.ok;
}

/** The secret key that --key names. Throws ProblemsError. */
export async function signingKey(file: string | undefined): Promise<SecretKey> {
  if (file === undefined)
    throw new ProblemsError([{ message: "--key FILE is missing; stagebox plugin key makes one" }]);
  return readSecretKey(readSmallFile(file), file, () => keyPassword(file));
}

/** A file of minisign's. Throws ProblemsError. */
export function readSmallFile(file: string): string {
  const there = statSync(file, { throwIfNoEntry: false });
  if (!there?.isFile()) throw fileRefusal(file, there ? "is no file" : "is not there");
  if (there.size > MINISIGN_FILE_BYTES) throw fileRefusal(file, "is too large for a key or a signature");
  return readFileSync(file, "utf8");
}
