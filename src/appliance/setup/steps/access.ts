// SPDX-License-Identifier: Apache-2.0
//
// Who may log in to the system: the account `admin`, by ssh alone. Its port opens only where there is a file of keys
// (image/layers/hardening); the account is made anew at every start (image/layers/first-boot).
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { syncFolder, writeAtomic } from "../../../store/atomic-file.ts";
import type { Places } from "../../places.ts";
import { writePrivate } from "../../private-file.ts";
import type { Box } from "../box.ts";
import type { LoginSettings, SshSettings } from "../wishes.ts";

const ADMIN = "admin";

/** Two lines for /usr/lib/stagebox/restore-login. What is absent stays: a password is in the file only once. */
export async function setLogin({ name, password_hash }: LoginSettings, { places }: Box): Promise<string> {
  const before = await readLogin(places);
  const login = { name: name ?? before.name ?? ADMIN, password_hash: password_hash ?? before.password_hash ?? "*" };
  await writePrivate(join(places.system, "login"), `${login.name}\n${login.password_hash}\n`);
  return `the account to log in with is ${login.name}${login.password_hash === "*" ? "" : ", with the password that was given"}`;
}

async function readLogin({ system }: Places): Promise<LoginSettings> {
  const text = await readFile(join(system, "login"), "utf8").catch(() => "");
  const [name, password_hash] = text.split("\n");
  return { ...(name && { name }), ...(password_hash && { password_hash }) };
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
  if (password_authentication) await writePrivate(join(kept, "password.conf"), "PasswordAuthentication yes\n");
  else await rm(join(kept, "password.conf"), { force: true });
  await syncFolder(kept);
  const ways = [
    ...(keys.length > 0 ? [keys.length === 1 ? "one key" : `${keys.length} keys`] : []),
    ...(password_authentication ? ["the password"] : []),
  ];
  return `ssh lets in who has ${ways.join(" or ")}`;
}
