// SPDX-License-Identifier: Apache-2.0
//
// For whoever works on a plugin: its folder stays where it is, a link leads there, and each build runs at once.
import { lstatSync, realpathSync, renameSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileRefusal } from "../../pipeline/problem.ts";
import { readPlugin } from "../discovery/read-plugin.ts";
import { type Installed, type InstallOptions, withLibrary } from "./install.ts";
import { Staging } from "./staging.ts";

/** Puts a link to `folder` among the plugins. Throws ProblemsError, or the reason of the signal. */
export async function linkPlugin(folder: string, options: InstallOptions): Promise<Installed> {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw fileRefusal(folder, "is no folder, and only to a folder there can be a link");
  const plugin = readPlugin(folder, "box");
  const { manifest, warnings } = plugin;
  const { built, warning } = await withLibrary(plugin, options);
  await options.preflight(plugin, options.signal, { kind: "folder", path: folder });
  const staging = new Staging(options.plugins);
  try {
    const place = join(options.plugins, manifest.id);
    const there = lstatSync(place, { throwIfNoEntry: false });
    if (there && !there.isSymbolicLink())
      throw fileRefusal(place, `is there; first take it away: stagebox plugin remove ${manifest.id}`);
    const link = join(staging.folder, manifest.id);
    symlinkSync(realpathSync(folder), link);
    const { account = (act) => act() } = options;
    await account(async () => renameSync(link, place));
    const all = [...warnings, ...(warning ? [{ message: warning }] : [])];
    return { manifest, folder: place, replaced: there !== undefined, built, warnings: all };
  } finally {
    staging.discard();
  }
}
