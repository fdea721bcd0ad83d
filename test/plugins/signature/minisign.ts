// SPDX-License-Identifier: Apache-2.0
//
// Debian's minisign, for cross-checks. Where it is not there and cannot be had, they are left out, and say so.
import { join } from "node:path";

export const minisignIsHere = Bun.which("minisign") !== null;
if (!minisignIsHere) console.warn("minisign is not here, so nothing is checked against it: apt-get install minisign");

/** Runs it in `folder`; `typed` is what it is told of a password. Returns its exit code and all that it said. */
export function minisign(folder: string, args: readonly string[], typed = ""): { code: number; said: string } {
  const { exitCode, stdout, stderr } = Bun.spawnSync(["minisign", ...args], {
    cwd: folder,
    stdin: Buffer.from(typed),
  });
  return { code: exitCode, said: `${stdout}${stderr}` };
}

export const at = (folder: string) => (name: string) => join(folder, name);
