// SPDX-License-Identifier: Apache-2.0
import { existsSync, lstatSync, readdirSync, rmdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { identityOf, MANIFEST_FILE } from "../discovery/read-plugin.ts";
import { Staging } from "./staging.ts";

/** The folders, or links to one, that hold versions of a plugin, those too that are no use. */
export function foldersOf(plugins: string, id: string, version?: string): string[] {
  return childrenOf(plugins)
    .flatMap((path) => (existsSync(join(path, MANIFEST_FILE)) ? [path] : childrenOf(path)))
    .filter((path) => {
      if (!existsSync(join(path, MANIFEST_FILE))) return false;
      const found = identityOf(path);
      return found.id === id && (version === undefined || found.version === version);
    });
}

/** Takes folders of `foldersOf` away, each in one step for whoever looks. Of a link, the link alone. */
export function removePlugins(plugins: string, folders: readonly string[]): void {
  const staging = new Staging(plugins);
  try {
    for (const folder of folders) {
      staging.takeOut(folder);
      const versions = dirname(folder);
      if (versions !== plugins && readdirSync(versions).length === 0) rmdirSync(versions);
    }
  } finally {
    staging.discard();
  }
}

/** Not what is hidden: an installation under way. */
function childrenOf(folder: string): string[] {
  if (!lstatSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(folder)
    .filter((name) => !name.startsWith("."))
    .sort()
    .map((name) => join(folder, name));
}
