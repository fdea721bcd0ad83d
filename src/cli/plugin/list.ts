// SPDX-License-Identifier: Apache-2.0
//
// stagebox plugin list.
import { formatProblem } from "../../pipeline/problem.ts";
import { findPlugins, type PluginFilter } from "../../plugins/find.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Output } from "../output.ts";
import { openPlugins } from "./plugins.ts";

export interface ListOptions {
  filter: PluginFilter;
  json: boolean;
  data: string;
  output: Output;
}

export async function list({ filter, json, data, output }: ListOptions): Promise<ExitCode> {
  const plugins = await openPlugins(data);
  const { plugins: known, ...rest } = await plugins.list();
  const all = { plugins: findPlugins(known, filter), ...rest };
  if (json) output.json({ running: plugins.isRunning, ...all });
  else {
    const rows = all.plugins.map(({ id, version, state, origin, signature, reason, description }) => [
      ...[id, version, state, origin, signature?.state ?? ""],
      reason ?? description,
    ]);
    output.write(table(rows));
    for (const { folder, problems } of all.broken) {
      output.line(`${folder} holds no plugin that could be used:`);
      for (const problem of problems) output.line(`  ${formatProblem(problem)}`);
    }
    for (const problem of all.settings) output.line(`not in force: ${formatProblem(problem)}`);
    if (known.length === 0 && all.broken.length === 0)
      output.line("no plugins; begin one with: stagebox plugin new my-gain");
  }
  return EXIT.ok;
}

/** Columns as wide as their widest cell; the last one is as long as it is. */
function table(rows: readonly string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) => `${row.map((cell, i) => (i < row.length - 1 ? cell.padEnd(widths[i] ?? 0) : cell)).join("  ")}\n`)
    .join("");
}
