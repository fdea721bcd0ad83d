// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { stringify } from "smol-toml";
import { parseManifest } from "../../src/plugins/manifest/parse.ts";
import type { FoundPlugin, Manifest } from "../../src/plugins/plugin.ts";

/** The least that a manifest says. */
export const LEAST = {
  id: "gain",
  name: "Gain",
  version: "1.0.0",
  description: "Multiplies a signal.",
  authors: ["Stagebox"],
  license: "Apache-2.0",
  type: "effect",
};

/** The text of a manifest: the least, changed. */
export function manifestText(change: object = {}): string {
  return stringify({ ...LEAST, ...change });
}

export function manifest(change: object = {}): Manifest {
  return parseManifest(manifestText(change), "plugin.toml").manifest;
}

/** Writes files below a folder: path -> text. */
export function writeTree(folder: string, files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** As discovery would find it. */
export function foundPlugin(folder: string, change: object = {}): FoundPlugin {
  return { origin: "box", folder, manifest: manifest(change), warnings: [] };
}
