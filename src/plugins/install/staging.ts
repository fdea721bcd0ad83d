// SPDX-License-Identifier: Apache-2.0
//
// A plugin on its way in lies in a hidden folder beside those that are there, and becomes one of them in one step. Who
// is interrupted leaves that hidden folder, named after its process, and nothing else; the next one sweeps it.
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { swapPaths } from "../../native/swap-paths.ts";
import { processIdentity } from "../../store/process-identity.ts";

const PREFIX = ".installing-";
/** In a staging folder: what was set aside for the moment, as <id>/<version>. */
const OLD = "old";
/** In a staging folder: what belongs together is on its way into place, and is no set yet. */
const CHANGING = "changing";

export class Staging {
  readonly folder: string;

  /** `plugins`: the folder of the plugins that are there; made where it is not. */
  constructor(readonly plugins: string) {
    mkdirSync(plugins, { recursive: true, mode: 0o755 });
    sweep(plugins);
    const owner = processIdentity(process.pid)?.replace(" ", "-");
    this.folder = join(plugins, `${PREFIX}${owner}-${randomBytes(6).toString("hex")}`);
    mkdirSync(this.folder, { mode: 0o755 });
  }

  /** A new folder in it. */
  sub(name: string): string {
    const path = join(this.folder, name);
    mkdirSync(path);
    return path;
  }

  /**
   * Puts `folder`, which lies in it, in place as `<id>/<version>`, instead of what may be there. Whoever looks, even
   * after a power cut, finds the old or the new, whole. `old`: where the old one lies until this is discarded.
   */
  async place(folder: string, id: string, version: string): Promise<{ place: string; old?: string }> {
    const place = join(this.plugins, id, version);
    await syncTree(folder);
    mkdirSync(dirname(place), { recursive: true });
    const isNew = renamed(folder, place);
    const old = isNew || swapPaths(folder, place) ? folder : this.#replace(folder, place, join(id, version));
    await syncEach([dirname(place), this.plugins]);
    return { place, ...(!isNew && { old }) };
  }

  /** Undoes `place`. */
  async putBack({ place, old }: { place: string; old?: string }): Promise<void> {
    if (old !== undefined) await this.place(old, basename(dirname(place)), basename(place));
    else {
      this.takeOut(place);
      if (readdirSync(dirname(place)).length === 0) rmdirSync(dirname(place));
    }
  }

  /** Takes a plugin's folder out of its place. */
  takeOut(folder: string): void {
    renameSync(folder, join(this.folder, randomBytes(6).toString("hex")));
  }

  discard(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** In two steps, for file systems that know no other way; between them the old one lies where `sweep` finds it. */
  #replace(folder: string, target: string, name: string): string {
    const old = join(this.folder, OLD, name);
    mkdirSync(dirname(old), { recursive: true });
    renameSync(target, old);
    try {
      renameSync(folder, target);
      return old;
    } catch (error) {
      renameSync(old, target);
      throw error;
    }
  }
}

/** Takes away what interrupted installations left, and puts back what one had set aside. */
export function sweep(plugins: string): void {
  if (!existsSync(plugins)) return;
  for (const name of readdirSync(plugins)) {
    if (!name.startsWith(PREFIX) || isRunning(name)) continue;
    const old = join(plugins, name, OLD);
    for (const path of existsSync(old) ? new Bun.Glob("*/*").scanSync({ cwd: old, onlyFiles: false }) : [])
      renamed(join(old, path), join(plugins, path));
    rmSync(join(plugins, name), { recursive: true, force: true });
  }
}

/** Does what belongs together; until it is done, whoever watches the folder waits with taking stock. */
export async function changeTogether<T>(plugins: string, act: () => Promise<T>): Promise<T> {
  const staging = new Staging(plugins);
  try {
    staging.sub(CHANGING);
    return await act();
  } finally {
    staging.discard();
  }
}

export function isChanging(plugins: string): boolean {
  const names = existsSync(plugins) ? readdirSync(plugins) : [];
  return names.some((name) => name.startsWith(PREFIX) && existsSync(join(plugins, name, CHANGING)) && isRunning(name));
}

function isRunning(name: string): boolean {
  const [pid, start] = name.slice(PREFIX.length).split("-");
  return processIdentity(Number(pid)) === `${pid} ${start}`;
}

/** False if there is something already. */
function renamed(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (["ENOTEMPTY", "EEXIST"].includes((error as NodeJS.ErrnoException).code ?? "")) return false;
    throw error;
  }
}

/** A rename must not be on the disk before what it names. */
async function syncTree(folder: string): Promise<void> {
  const names = readdirSync(folder, { recursive: true }) as string[];
  await syncEach([...names.map((name) => join(folder, name)), folder]);
}

async function syncEach(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const handle = await open(path, "r");
    await handle.sync().finally(() => handle.close());
  }
}
