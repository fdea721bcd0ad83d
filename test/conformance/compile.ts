// SPDX-License-Identifier: Apache-2.0
//
// Libraries for the tests of `plugin check`, compiled as a plugin's author would.
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";
import { triple } from "../../src/native/engine-file.ts";
import { libraryPath, needsLibrary } from "../../src/plugins/plugin-library.ts";
import { readPlugin } from "../../src/plugins/read-plugin.ts";

export const root = join(import.meta.dir, "../..");

export function run(command: string[]): void {
  const { success, stderr } = Bun.spawnSync(command, { cwd: root, stdout: "ignore", stderr: "pipe" });
  if (!success) throw new Error(`${command.join(" ")}: ${stderr}`);
}

/** build/TRIPLE/stagebox-plugin-check, and the built-in components as a library for it, whose path comes back. */
export function buildConformance(): string {
  run(["make", "-s", "-C", "native", "conformance"]);
  return join(root, "native/build", triple, "conformance/libbuilt_in.so");
}

const FLAGS = ["-O2", "-g", "-fPIC", "-shared", "-fvisibility=hidden", "-Wall", "-Wextra", `-I${root}/native/include`];

export function compile(sources: string[], to: string, more: string[] = []): string {
  run(["gcc", "-std=gnu11", ...FLAGS, "-o", to, ...sources, ...more, "-lm"]);
  return to;
}

/** The folders of the first-party plugins, each with its library built. */
export function buildFirstParty(): string[] {
  const folders = readdirSync(join(root, "plugins"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders.map(({ name }) => join(root, "plugins", name)).filter((folder) => buildPlugin(folder));
}

function buildPlugin(folder: string): boolean {
  const { manifest } = readPlugin(folder, "user");
  if (manifest.runtime.kind !== "native" || !needsLibrary(manifest)) return false;
  const { sources, libraries, flags } = manifest.build;
  const files = sources.flatMap((pattern) => [...new Glob(pattern).scanSync({ cwd: folder, absolute: true })]);
  mkdirSync(join(folder, "bin", triple), { recursive: true });
  compile(files, libraryPath(manifest, folder, triple), [...flags, ...libraries.map((name) => `-l${name}`)]);
  return true;
}
