// SPDX-License-Identifier: Apache-2.0
//
// stagebox plugin generations and rollback.
import type { Generation } from "../../plugins/generations/generation.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Output } from "../output.ts";
import { openPlugins } from "./plugins.ts";

export interface GenerationsOptions {
  json: boolean;
  data: string;
  output: Output;
}

export async function generations({ json, data, output }: GenerationsOptions): Promise<ExitCode> {
  const all = await (await openPlugins(data)).generations();
  if (json) output.json({ generations: all });
  else for (const each of all) output.line(`${words(each)}${each === all.at(-1) ? "  (in use)" : ""}`);
  if (!json && all.length === 0) output.line("no plugin was installed, removed or pinned yet");
  return EXIT.ok;
}

export interface RollbackOptions extends GenerationsOptions {
  /** The one before, if absent. */
  to: number | undefined;
}

export async function rollback({ to, json, data, output }: RollbackOptions): Promise<ExitCode> {
  const plugins = await openPlugins(data);
  const generation = await plugins.rollback(to);
  if (json) output.json(generation);
  else {
    output.line(words(generation));
    if (!plugins.isRunning) output.line(`No box runs on ${data} now; the next that does has it`);
  }
  return EXIT.ok;
}

function words({ number, time, by, changes }: Generation): string {
  return `${String(number).padStart(3)}  ${time.slice(0, 19)}Z  ${by}: ${changes.join(", ")}`;
}
