// SPDX-License-Identifier: Apache-2.0
//
// Who may log in to the system: the account `admin`, which sshd lets in only once one of these files is there
// (image/layers/first-boot).
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { syncFolder, writeAtomic } from "../../../store/atomic-file.ts";
import type { Box } from "../box.ts";
import type { LoginSettings, SshSettings } from "../wishes.ts";

const ADMIN = "admin";

/** Two lines for /usr/lib/stagebox/restore-login, which makes the account so at every start. */
export async function setLogin({ name = ADMIN, password_hash = "*" }: LoginSettings, { places }: Box): Promise<string> {
  await mkdir(places.system, { recursive: true, mode: 0o700 });
  await writeAtomic(join(places.system, "login"), `${name}\n${password_hash}\n`, 0o600);
  return `the account to log in with is ${name}${password_hash === "*" ? "" : ", with the password that was given"}`;
}

export async function setSsh({ keys, password_authentication }: SshSettings, { places }: Box): Promise<string> {
  const ssh = join(places.system, "ssh");
  await mkdir(ssh, { recursive: true, mode: 0o700 });
  await writeOrRemove(join(ssh, "authorized_keys"), keys.map((key) => `${key}\n`).join(""));
  await writeOrRemove(join(ssh, "password.conf"), password_authentication ? "PasswordAuthentication yes\n" : "");
  await syncFolder(ssh);
  const ways = [
    ...(keys.length > 0 ? [keys.length === 1 ? "one key" : `${keys.length} keys`] : []),
    ...(password_authentication ? ["the password"] : []),
  ];
  return ways.length === 0 ? "nobody can log in by ssh" : `${ways.join(" and ")} can log in by ssh`;
}

async function writeOrRemove(path: string, text: string): Promise<void> {
  if (text === "") await rm(path, { force: true });
  else await writeAtomic(path, text, 0o600);
}
