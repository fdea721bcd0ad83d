// SPDX-License-Identifier: Apache-2.0
//
// Translating takes a Pi a second: what comes out is kept, by the component's hash, in a folder that is the service's own.
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeAtomic } from "../../store/atomic-file.ts";
import { type PreparedComponent, prepare, sha256Of } from "./prepare.ts";
import { TOOLCHAIN } from "./toolchain.ts";
import type { World } from "./worlds.ts";

/** Raised when what is kept is read otherwise. */
const FORM = 1;

interface Kept extends Omit<PreparedComponent, "modules"> {
  form: number;
  toolchain: string;
  /** Name -> base64. */
  modules: Record<string, string>;
}

/** As prepare, out of the folder where it has been there before. */
export async function preparedComponent(
  component: Uint8Array,
  world: World,
  folder: string,
): Promise<PreparedComponent> {
  const sha256 = sha256Of(component);
  const known = readPrepared(folder, sha256, world);
  if (known) return known;
  const prepared = await prepare(component, world);
  const modules = Object.fromEntries([...prepared.modules].map(([name, bytes]) => [name, bytes.toBase64()]));
  const kept: Kept = { form: FORM, toolchain: TOOLCHAIN, ...prepared, modules };
  mkdirSync(folder, { recursive: true });
  await writeAtomic(fileOf(folder, sha256, world), JSON.stringify(kept));
  return prepared;
}

/** What is kept of a component; undefined: nothing, or what an older version made. */
export function readPrepared(folder: string, sha256: string, world: World): PreparedComponent | undefined {
  try {
    const kept = JSON.parse(readFileSync(fileOf(folder, sha256, world), "utf8")) as Kept;
    const { form, toolchain, modules, ...rest } = kept;
    if (form !== FORM || toolchain !== TOOLCHAIN || rest.sha256 !== sha256 || rest.world !== world) return undefined;
    const decoded = Object.entries(modules).map(([name, text]): [string, Uint8Array] => [
      name,
      Uint8Array.fromBase64(text),
    ]);
    return { ...rest, modules: new Map(decoded) };
  } catch {
    return undefined; // it is made anew
  }
}

/** Lets go of what is kept, but for these components. */
export function clearPrepared(folder: string, keep: ReadonlySet<string> = new Set()): void {
  let names: string[] = [];
  try {
    names = readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  for (const name of names) if (!keep.has(name.split(".")[0] ?? "")) rmSync(join(folder, name), { force: true });
}

function fileOf(folder: string, sha256: string, world: World): string {
  return join(folder, `${sha256}.${world}.json`);
}
