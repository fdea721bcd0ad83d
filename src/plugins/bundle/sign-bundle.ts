// SPDX-License-Identifier: Apache-2.0
import { fileRefusal } from "../../pipeline/problem.ts";
import type { SecretKey } from "../signature/secret-key.ts";
import { sign } from "../signature/signature.ts";
import { SIGNATURE_FILE, SUMS_FILE } from "../signature/sums.ts";
import { judge } from "../signature/verdict.ts";
import { contentsOf, readBundle, writeBundle } from "./bundle.ts";

/** The bundle with a signature, in the place of the one that it may have. Throws ProblemsError where its files are not
 * those that would be signed. */
export function signBundle(zip: Uint8Array, file: string, secret: SecretKey, time: Date): Uint8Array {
  const files = readBundle(zip, file);
  const list = files.get(SUMS_FILE)?.data;
  if (!list) throw fileRefusal(file, `holds no ${SUMS_FILE}; make it with stagebox plugin pack`);
  files.delete(SIGNATURE_FILE);
  const { state, reason } = judge(contentsOf(files), []);
  if (state === "changed") throw fileRefusal(file, `${reason}; pack it again`);
  const comment = `timestamp:${Math.floor(time.getTime() / 1000)}\tfile:${SUMS_FILE}\thashed`;
  files.set(SIGNATURE_FILE, { data: Buffer.from(sign(list, secret, comment)), isExecutable: false });
  return writeBundle(files, file);
}
