// SPDX-License-Identifier: Apache-2.0
//
// Who may log in to the system: the account `admin`, by ssh alone. Its port opens only where there is a file of keys
// (image/layers/hardening); the account is made anew at every start (image/layers/first-boot).
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { syncFolder, writeAtomic } from "../../../store/atomic-file.ts";
import type { Box } from "../box.ts";
import type { LoginSettings, SshSettings } from "../wishes.ts";

const ADMIN = "admin";

/** Two lines for /usr/lib/stagebox/restore-login. */
export async function setLogin({ name = ADMIN, password_hash = "*" }: LoginSettings, { places }: Box): Promise<string> {
  await mkdir(places.system, { recursive: true, mode: 0o700 });
  await writeAtomic(join(places.system, "login"), `${name}\n${password_hash}\n`, 0o600);
  return `the account to log in with is ${name}${password_hash === "*" ? "" : ", with the password that was given"}`;
}

export async function setSsh({ keys, password_authentication }: SshSettings, { places }: Box): Promise<string> {
  const kept = join(places.system, "ssh");
  await mkdir(kept, { recursive: true, mode: 0o700 });
  if (keys.length === 0 && !password_authentication) {
    for (const folder of [kept, join(places.root, "etc/ssh")])
      await rm(join(folder, "authorized_keys"), { force: true });
    await syncFolder(kept);
    return "nobody can log in by ssh";
  }
  // sshd reads it as the user who logs in.
  const lines = ["# From the set-up file on the card", ...keys].map((line) => `${line}\n`);
  await writeAtomic(join(kept, "authorized_keys"), lines.join(""), 0o644);
  if (password_authentication) await writeAtomic(join(kept, "password.conf"), "PasswordAuthentication yes\n", 0o600);
  else await rm(join(kept, "password.conf"), { force: true });
  await syncFolder(kept);
  const ways = [
    ...(keys.length > 0 ? [keys.length === 1 ? "one key" : `${keys.length} keys`] : []),
    ...(password_authentication ? ["the password"] : []),
  ];
  return `ssh lets in who has ${ways.join(" or ")}`;
}
