// SPDX-License-Identifier: Apache-2.0
//
// Folders of bundles with an index, as somebody keeps them, and plugins that are cheap to make: presets and nothing else.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packPlugin } from "../../../src/plugins/bundle/pack.ts";
import { signBundle } from "../../../src/plugins/bundle/sign-bundle.ts";
import { makeIndex } from "../../../src/plugins/index/make-index.ts";
import type { SecretKey } from "../../../src/plugins/signature/secret-key.ts";
import { sign } from "../../../src/plugins/signature/signature.ts";
import { manifestText, writeTree } from "../manifest.fixture.ts";

/** The folder of a plugin without code. */
export function presetPlugin(folder: string, id: string, version: string, more: object = {}): string {
  const presets = [{ id: "more", name: "More", file: "presets/more.yaml" }];
  const manifest = { id, version, type: "workflow", presets, ...more };
  writeTree(folder, { "plugin.toml": manifestText(manifest), "presets/more.yaml": "- { action: undo }\n" });
  return folder;
}

/** Packs and signs a plugin into a folder of bundles. */
export function putBundle(into: string, plugin: string, secret: SecretKey): void {
  mkdirSync(into, { recursive: true });
  const { name, zip } = packPlugin(plugin);
  writeFileSync(join(into, name), signBundle(zip, name, secret, new Date()));
}

/** Writes the index of a folder of bundles. */
export function putIndex(folder: string, secret: SecretKey, change: (text: string) => string = (it) => it): void {
  const text = change(JSON.stringify(makeIndex(folder, new Date()).index));
  writeFileSync(join(folder, "index.json"), text);
  writeFileSync(join(folder, "index.json.minisig"), sign(Buffer.from(text), secret, "index"));
}
