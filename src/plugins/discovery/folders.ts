// SPDX-License-Identifier: Apache-2.0
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { assetPath } from "../../asset.ts";
import type { DataFolder } from "../../store/folder.ts";
import type { Origin, PluginChoice } from "../plugin.ts";

export interface PluginFolder {
  origin: Origin;
  path: string;
  /** It is a plugin itself, and holds none. */
  isPlugin?: true;
}

const IMAGE_FOLDER = "/opt/stagebox/plugins";

/** Plugins that the operator named by their paths. */
export function artifactFolders(choices: ReadonlyMap<string, PluginChoice>): PluginFolder[] {
  const paths = [...choices.values()].flatMap(({ artifact_path }) => artifact_path ?? []);
  return paths.map((path) => ({ origin: "user", path, isPlugin: true }));
}

/** The plugins of whoever runs this. */
export const userFolder = (): string => join(homedir(), ".stagebox", "plugins");

/** Where plugins are looked for: of the same version of the same plugin, what is built and comes first wins.
 * STAGEBOX_PLUGINS=dir:dir stands in for the image's folder and the user's. */
export function pluginFolders(data: DataFolder): PluginFolder[] {
  const box: PluginFolder = { origin: "box", path: data.plugins };
  const { STAGEBOX_PLUGINS } = process.env;
  if (STAGEBOX_PLUGINS !== undefined) {
    const given = STAGEBOX_PLUGINS.split(delimiter).filter(Boolean);
    return [box, ...given.map((path): PluginFolder => ({ origin: "user", path: resolve(path) }))];
  }
  return [
    { origin: "image", path: existsSync(IMAGE_FOLDER) ? IMAGE_FOLDER : assetPath("plugins") },
    box,
    { origin: "user", path: userFolder() },
  ];
}
