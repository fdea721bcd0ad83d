// SPDX-License-Identifier: Apache-2.0
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildComponent, isComponentUpToDate } from "../../src/plugins/build/component.ts";
import { readPlugin } from "../../src/plugins/discovery/read-plugin.ts";
import { makeComponent } from "../../src/plugins/wasm/toolchain.ts";
import { witSource } from "../../src/plugins/wasm/worlds.ts";

/** Plugins that crash, hang, lie and so on; see its README. */
export const BAD_PLUGINS = join(import.meta.dir, "bad");
/** The same in Python. */
export const BAD_PYTHON = join(import.meta.dir, "bad-python");

/** And in TypeScript. */
export const BAD_SCRIPT = join(import.meta.dir, "bad-script");
/** And in WebAssembly. */
export const BAD_WASM = join(import.meta.dir, "bad-wasm");

const isMade = Bun.which("clang") !== null && existsSync("/usr/lib/wasm32-wasi/libc.a");
if (!isMade) console.log("skipped: bad plugins in WebAssembly: there is no clang, or no wasi-libc");

/** The folders of those that this machine can make. */
export const BAD_FOLDERS = [BAD_PLUGINS, BAD_PYTHON, BAD_SCRIPT, ...(isMade ? [BAD_WASM] : [])];

/** The components of those in WebAssembly. */
export async function buildBadComponents(): Promise<void> {
  if (!isMade) return;
  for (const { name } of readdirSync(BAD_WASM, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
    const folder = join(BAD_WASM, name);
    const { manifest } = readPlugin(folder, "user");
    const imports = join(folder, "imports.wit");
    if (existsSync(imports)) {
      mkdirSync(join(folder, "bin"), { recursive: true });
      writeFileSync(join(folder, "bin/stage.wasm"), await withImports(readFileSync(imports, "utf8")));
    } else if (!isComponentUpToDate(folder, manifest)) {
      const tell = (text: string) => {
        throw new Error(`${name} does not build in silence: ${text}`);
      };
      await buildComponent(folder, manifest, { signal: new AbortController().signal, tell });
    }
  }
}

/** The world `stage`, and what another package has. */
function withImports(more: string): Promise<Uint8Array> {
  const [, name = "", version = "", it = ""] = /package (\S+)@(\S+) \{\s*interface (\w+)/.exec(more) ?? [];
  const wit = witSource().replace(/import relay;/, `import relay; import ${name}/${it}@${version};`);
  return makeComponent(`${wit}\n${more}`, "stage");
}

/** Compiles those that have changed. Throws with the compiler's words, warnings too. */
export function buildBadPlugins(): void {
  const { success, stderr } = Bun.spawnSync(["make", "-s", "-C", BAD_PLUGINS], { stdout: "ignore", stderr: "pipe" });
  if (!success || stderr.length > 0) throw new Error(`the bad plugins do not build: ${stderr}`);
}
