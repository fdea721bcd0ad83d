// SPDX-License-Identifier: Apache-2.0
//
// stagebox plugin lock, and plugin install --locked.
import { ProblemsError } from "../../pipeline/problem.ts";
import { readLock, writeLock } from "../../plugins/generations/lock.ts";
import { DataFolder } from "../../store/folder.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Output } from "../output.ts";
import { type InstallCommandOptions, install } from "./install.ts";
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

/** All of the set is looked at before any of it is installed. */
export async function installLocked(options: InstallCommandOptions): Promise<ExitCode> {
  const { plugins: set, choices } = await readLock(options.source);
  let worst: ExitCode = EXIT.ok;
  for (const { folder } of set) {
    const code = await install({ ...options, source: folder });
    if (code !== EXIT.ok) worst = code;
  }
  const plugins = await openPlugins(options.data);
  for (const [id, choice] of choices) if (Object.keys(choice).length > 0) await plugins.choose(id, choice);
  await plugins.noteSet();
  return worst;
}
