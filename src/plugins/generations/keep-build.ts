// SPDX-License-Identifier: Apache-2.0
//
// Takes builds out of their places: those that a generation can bring back are kept, the others go. For whoever installs
// or removes beside a box that runs, too, which sees by itself what became of it.
import { existsSync, lstatSync, readFileSync } from "node:fs";
import type { DataFolder } from "../../store/folder.ts";
import { removePlugins } from "../install/remove.ts";
import { folderSum } from "./folder-sum.ts";
import { KeptBuilds } from "./kept.ts";

export const GENERATIONS_FILE = "plugin-generations.json";

/** False if no generation names that build; then the folder is where it was. */
export async function keepBuild(data: DataFolder, folder: string): Promise<boolean> {
  if (lstatSync(folder).isSymbolicLink()) return false;
  const sum = await folderSum(folder);
  const file = data.file(GENERATIONS_FILE);
  if (!existsSync(file) || !readFileSync(file, "utf8").includes(`"${sum}"`)) return false;
  new KeptBuilds(data.plugins).take(folder, sum);
  return true;
}

/** Folders of the box's plugins. */
export async function takeAway(data: DataFolder, folders: readonly string[]): Promise<void> {
  const gone: string[] = [];
  for (const folder of folders) if (!(await keepBuild(data, folder))) gone.push(folder);
  if (gone.length > 0) removePlugins(data.plugins, gone);
}
