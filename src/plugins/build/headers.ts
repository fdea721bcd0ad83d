// SPDX-License-Identifier: Apache-2.0
//
// The public headers for a plugin's compiler. In a checkout they lie in native/include; out of the executable, which no
// compiler can look into, they are written into the user's cache, in a folder named by their content.
import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { assetPath, isCompiled } from "../../asset.ts";

const PUBLIC = "stagebox";

/** The folder for -I. */
export function publicHeaders(): string {
  const own = assetPath("native/include");
  return isCompiled ? extractHeaders(own, cacheFolder()) : own;
}

/** Copies the public headers of `include` into a folder of `cache`, unless they are there; returns that folder. */
export function extractHeaders(include: string, cache: string): string {
  const names = (readdirSync(join(include, PUBLIC), { recursive: true }) as string[])
    .filter((name) => name.endsWith(".h"))
    .sort();
  const contents = names.map((name) => readFileSync(join(include, PUBLIC, name)));
  const hash = createHash("sha256");
  for (const [i, name] of names.entries()) hash.update(`${name}\0${contents[i]?.length}\0`).update(contents[i] ?? "");
  const folder = join(cache, `include-${hash.digest("hex").slice(0, 16)}`);
  if (existsSync(folder)) return folder;

  const fresh = join(cache, `.${randomBytes(6).toString("hex")}`);
  for (const [i, name] of names.entries()) {
    const path = join(fresh, PUBLIC, name);
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    writeFileSync(path, contents[i] ?? "");
  }
  try {
    renameSync(fresh, folder);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    if (!existsSync(folder)) throw error; // else somebody was faster
  }
  return folder;
}

function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "stagebox");
}
