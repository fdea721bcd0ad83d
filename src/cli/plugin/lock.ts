// SPDX-License-Identifier: Apache-2.0
//
// stagebox plugin lock, and plugin install --locked.
import { ProblemsError } from "../../pipeline/problem.ts";
import { readLock, writeLock } from "../../plugins/generations/lock.ts";
import { installTogether } from "../../plugins/install/install.ts";
import { DataFolder } from "../../store/folder.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Output } from "../output.ts";
import { type InstallCommandOptions, installOptions, tellAll } from "./install.ts";
import { openPlugins } from "./plugins.ts";

export interface LockOptions {
  folder: string;
  data: string;
  output: Output;
}

export async function lock({ folder, data, output }: LockOptions): Promise<ExitCode> {
  const generation = (await (await openPlugins(data)).generations()).at(-1);
  if (!generation || generation.plugins.length === 0)
    throw new ProblemsError([{ message: "the box's own folder holds no plugins that could be locked" }]);
  await writeLock(generation, new DataFolder(data).plugins, folder);
  for (const { id, version } of generation.plugins) output.line(`${id} ${version}`);
  output.line(`On the other box: stagebox plugin install --locked ${folder}`);
  return EXIT.ok;
}

/** All of the set is looked at before any of it is installed; with what is decided about it, it is one generation. */
export async function installLocked(options: InstallCommandOptions): Promise<ExitCode> {
  const { plugins: set, choices } = await readLock(options.source);
  const sources = set.map(({ folder }) => ({ kind: "folder", path: folder }) as const);
  const plugins = await openPlugins(options.data);
  return plugins.change(async () => {
    const code = await tellAll(options, plugins, () => installTogether(sources, installOptions(options)));
    for (const [id, choice] of choices) if (Object.keys(choice).length > 0) await plugins.choose(id, choice);
    return code;
  });
}
