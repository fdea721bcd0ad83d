// SPDX-License-Identifier: Apache-2.0
//
// Who may do what. The admin's token lies readable in the data folder, since whoever can read the card owns the box
// anyway and must be able to find it; all other tokens are shown once and kept only as hashes. Tokens are 256 random
// bits, so a plain hash is enough: there is nothing to guess.
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { readFile } from "node:fs/promises";
import { writeAtomic } from "./atomic-file.ts";
import type { DataFolder } from "./folder.ts";
import { JsonFile, type Notify } from "./json-file.ts";

export const ROLES = ["viewer", "operator", "admin"] as const;
/** Each may do all that those before it may. */
export type Role = (typeof ROLES)[number];

export interface User {
  name: string;
  role: Role;
  /** ISO 8601. */
  created: string;
}

interface StoredUser extends User {
  sha256: string;
}

export const USER_NAME = /^[a-z0-9][a-z0-9_.-]{0,63}$/i;
const OWNER = "admin";

export class TokenStore {
  private constructor(
    private readonly file: JsonFile<{ users: StoredUser[] }>,
    private users: readonly StoredUser[],
    private readonly owner: StoredUser,
  ) {}

  /** Makes the admin's token if there is none. */
  static async open(folder: DataFolder, notify: Notify): Promise<TokenStore> {
    const file = new JsonFile(folder.file("tokens.json"), isTokenFile, notify, 0o600);
    const token = (await readAdminToken(folder)) ?? (await makeAdminToken(folder));
    const owner = { name: OWNER, role: "admin" as const, created: "", sha256: hash(token).toString("hex") };
    return new TokenStore(file, (await file.read())?.users ?? [], owner);
  }

  /** The user whose token this is. Takes as long whichever it is, and if it is none. */
  find(token: string): User | undefined {
    const given = hash(token);
    let found: User | undefined;
    for (const user of [this.owner, ...this.users])
      if (timingSafeEqual(given, Buffer.from(user.sha256, "hex"))) found = user;
    return found;
  }

  list(): User[] {
    return [this.owner, ...this.users].map(({ name, role, created }) => ({ name, role, created }));
  }

  /** The new user's token, which cannot be had a second time; undefined if the name is taken. */
  async create(name: string, role: Role): Promise<string | undefined> {
    if ([this.owner, ...this.users].some((user) => user.name === name)) return undefined;
    const token = newToken();
    const user = { name, role, created: new Date().toISOString(), sha256: hash(token).toString("hex") };
    await this.#save([...this.users, user]);
    return token;
  }

  /** False if there is no such user. The owner of the box stays. */
  async remove(name: string): Promise<boolean> {
    const left = this.users.filter((user) => user.name !== name);
    if (left.length === this.users.length) return false;
    await this.#save(left);
    return true;
  }

  /** What could not be written has not happened. */
  async #save(users: StoredUser[]): Promise<void> {
    const before = this.users;
    this.users = users;
    try {
      await this.file.write({ users });
    } catch (error) {
      if (this.users === users) this.users = before;
      throw error;
    }
  }
}

/** For `stagebox token show`; undefined before the first start. */
export async function readAdminToken(folder: DataFolder): Promise<string | undefined> {
  const text = await readFile(folder.file("admin-token"), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  return text.trim() || undefined;
}

async function makeAdminToken(folder: DataFolder): Promise<string> {
  const token = newToken();
  await writeAdminToken(folder, token);
  return token;
}

/** For a box that does not run yet. */
export async function writeAdminToken(folder: DataFolder, token: string): Promise<void> {
  await writeAtomic(folder.file("admin-token"), `${token}\n`, 0o600);
}

function newToken(): string {
  return randomBytes(32).toString("base64url");
}

function hash(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

function isTokenFile(value: unknown): value is { users: StoredUser[] } {
  const users = (value as { users?: unknown } | null | undefined)?.users;
  return Array.isArray(users) && users.every(isStoredUser);
}

function isStoredUser(value: unknown): value is StoredUser {
  const user = value as Partial<StoredUser> | null;
  return (
    typeof user?.name === "string" &&
    ROLES.includes(user.role as Role) &&
    typeof user.created === "string" &&
    /^[0-9a-f]{64}$/.test(user.sha256 ?? "")
  );
}
