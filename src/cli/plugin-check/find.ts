// SPDX-License-Identifier: Apache-2.0
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { ProblemsError } from "../../pipeline/problem.ts";
import { suggestion } from "../../pipeline/suggest.ts";
import { type Discovery, discover } from "../../plugins/discovery/discover.ts";
import { pluginFolders } from "../../plugins/discovery/folders.ts";
import { MANIFEST_FILE, readPlugin } from "../../plugins/discovery/read-plugin.ts";
import { chooseVersions } from "../../plugins/discovery/versions.ts";
import type { FoundPlugin } from "../../plugins/plugin.ts";
import type { DataFolder } from "../../store/folder.ts";

/** A plugin by its folder, or by the id of one that lies where plugins are looked for. Throws ProblemsError. */
export function findPlugin(name: string, data: DataFolder): FoundPlugin {
  if (existsSync(join(name, MANIFEST_FILE))) return readPlugin(name, "user");
  const chosen = chooseVersions(discover(pluginFolders(data)).found, new Map());
  const plugin = chosen.find(({ id }) => id === name)?.plugin;
  if (plugin) return plugin;
  const remedy = suggestion(
    name,
    chosen.map(({ id }) => id),
  );
  throw new ProblemsError([
    { file: name, message: `holds no ${MANIFEST_FILE}, and there is no plugin of this id; ${remedy}` },
  ]);
}

/** All versions of all plugins in that folder of plugins, or where plugins are looked for. */
export function findPlugins(folder: string | undefined, data: DataFolder): Discovery {
  return discover(folder === undefined ? pluginFolders(data) : [{ origin: "user", path: resolve(folder) }]);
}
