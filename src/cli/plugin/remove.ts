// SPDX-License-Identifier: Apache-2.0
//
// stagebox plugin remove.
import { existsSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileRefusal, type ProblemsError } from "../../pipeline/problem.ts";
import { takeAway } from "../../plugins/generations/keep-build.ts";
import { KeptBuilds } from "../../plugins/generations/kept.ts";
import { foldersOf, removePlugins } from "../../plugins/install/remove.ts";
import { DataFolder } from "../../store/folder.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Output } from "../output.ts";
import { ownFolder } from "./folders.ts";
import { openPlugins, type PluginInfo, type PluginsOfBox } from "./plugins.ts";

/** How long a running box may take to notice. */
const SEEN_MS = 5000;
const LOOK_AGAIN_MS = 100;

export interface RemoveOptions {
  id: string;
  /** All if absent. */
  version: string | undefined;
  /** With the last version goes what else the box keeps of it: private data, and builds for a roll-back. */
  purge: boolean;
  user: boolean;
  data: string;
  output: Output;
}

export async function remove({ id, version, purge, user, data, output }: RemoveOptions): Promise<ExitCode> {
  const folder = ownFolder({ user, data });
  const plugins = await openPlugins(data);
  const paths = foldersOf(folder, id, version);
  if (paths.length === 0 && purge && version === undefined && clear(id, data, output)) return EXIT.ok;
  if (paths.length === 0) throw notThere(folder, version, await plugins.get(id));
  const real = paths.map((path) => realpathSync(path));
  const plugin = (await plugins.list()).plugins.find((plugin) => plugin.id === id);
  const others = plugin?.versions.filter((it) => !real.includes(it.folder)) ?? [];
  if (user) {
    // What it was allowed must not wait for the next of that name.
    if (others.length === 0) await plugins.forget(id);
    removePlugins(folder, paths);
  } else await (plugin ? plugins.remove(id, version) : plugins.change(() => takeAway(new DataFolder(data), paths)));
  for (const path of paths) output.line(`removed ${path}`);
  if (plugins.isRunning && !(await seenBy(plugins, id, real)))
    console.error(`note: the box that runs still uses it; see stagebox plugin log ${id}`);
  if (purge && others.length === 0) clear(id, data, output);
  for (const it of others) output.line(`still there: ${it.version} in ${it.folder}`);
  for (const stage of plugin && others.length === 0 ? await plugins.bypassed(plugin) : []) {
    const patch = JSON.stringify({ action: "remove", id: stage });
    output.line(`Its stage ${stage} stays in the running graph, bypassed; without it: POST /api/graph/patch ${patch}`);
  }
  return EXIT.ok;
}

/** What is kept of a plugin that is no more. A generation that names it cannot come back then, and says so. False if there
 * is nothing. */
function clear(id: string, data: string, output: Output): boolean {
  const folder = new DataFolder(data);
  const left = [
    join(folder.plugin_data, id),
    join(folder.prepared, id),
    ...new KeptBuilds(folder.plugins).of(id),
  ].filter(existsSync);
  for (const path of left) {
    rmSync(path, { recursive: true });
    output.line(`removed ${path}`);
  }
  return left.length > 0;
}

/** The box that runs knows nothing of these folders any more. */
async function seenBy(plugins: PluginsOfBox, id: string, folders: readonly string[]): Promise<boolean> {
  for (const deadline = Date.now() + SEEN_MS; Date.now() < deadline; await Bun.sleep(LOOK_AGAIN_MS)) {
    const { plugins: all } = await plugins.list();
    const plugin = all.find((plugin) => plugin.id === id);
    if (!plugin || ![plugin, ...plugin.versions].some(({ folder }) => folders.includes(folder))) return true;
  }
  return false;
}

function notThere(folder: string, version: string | undefined, { id, origin, versions }: PluginInfo): ProblemsError {
  const there = versions.map((it) => `${it.version} in ${it.folder}`).join(", ");
  const remedy =
    origin === "image" ? `; it comes with the image, and can be disabled: stagebox plugin disable ${id}` : "";
  const what = version === undefined ? id : `${id} ${version}`;
  return fileRefusal(folder, `holds no ${what}; there is ${there}${remedy}`);
}
