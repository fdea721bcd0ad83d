// SPDX-License-Identifier: Apache-2.0
//
// Libraries for the tests of `plugin check`, compiled as a plugin's author would.
import { dirname, join } from "node:path";
import { Glob } from "bun";
import { builderOf } from "../../src/plugins/build/builders.ts";
import { needsLibrary } from "../../src/plugins/discovery/plugin-library.ts";
import { readPlugin } from "../../src/plugins/discovery/read-plugin.ts";
import type { FoundPlugin } from "../../src/plugins/plugin.ts";
import { hostTriple } from "../../src/triple.ts";

export const root = join(import.meta.dir, "../..");

export function run(command: string[]): void {
  const { success, stderr } = Bun.spawnSync(command, { cwd: root, stdout: "ignore", stderr: "pipe" });
  if (!success) throw new Error(`${command.join(" ")}: ${stderr}`);
}

/** build/TRIPLE/stagebox-plugin-check, and the built-in components as a library for it, whose path comes back. */
export function buildConformance(): string {
  run(["make", "-s", "-C", "native", "conformance"]);
  return join(root, "native/build", hostTriple, "conformance/libbuilt_in.so");
}

const FLAGS = ["-O2", "-g", "-fPIC", "-shared", "-fvisibility=hidden", "-Wall", "-Wextra", `-I${root}/native/include`];

export function compile(sources: string[], to: string, more: string[] = []): string {
  run(["gcc", "-std=gnu11", ...FLAGS, "-o", to, ...sources, ...more, "-lm"]);
  return to;
}

/** Builds the plugin of a folder as `plugin build` does. */
export async function buildPluginIn(folder: string): Promise<FoundPlugin> {
  const plugin = readPlugin(folder, "user");
  const { signal } = new AbortController();
  if (needsLibrary(plugin.manifest))
    await builderOf(plugin.manifest).build(folder, plugin.manifest, { signal, tell: () => {} });
  return plugin;
}

/** Of the plugins that come with Stagebox. */
export function firstPartyFolders(): string[] {
  return [...new Glob("*/plugin.toml").scanSync(join(root, "plugins"))]
    .sort()
    .map((file) => join(root, "plugins", dirname(file)));
}
