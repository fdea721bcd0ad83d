// SPDX-License-Identifier: Apache-2.0
//
// stagebox plugin check: a plugin against everything that is demanded of one, as a table.
import { formatProblem } from "../../pipeline/problem.ts";
import type { FoundPlugin } from "../../plugins/plugin.ts";
import type { DataFolder } from "../../store/folder.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Output } from "../output.ts";
import type { CaseResult } from "./case-result.ts";
import { checkPlugin } from "./check-plugin.ts";
import { findPlugin, findPlugins } from "./find.ts";

export interface PluginCheckOptions {
  /** A folder, or an id; with `all` a folder of plugins. */
  plugin: string | undefined;
  all: boolean;
  dry_run: boolean;
  /** Drawn if absent. */
  seed: number | undefined;
  stage: string | undefined;
  quick: boolean;
  json: boolean;
  data: DataFolder;
  output: Output;
  signal: AbortSignal;
}

export async function runPluginCheck(options: PluginCheckOptions): Promise<ExitCode> {
  const { plugin, all, data, output } = options;
  if (!all) return checkOne(findPlugin(plugin ?? ".", data), plugin ?? ".", options);
  const { found, broken } = findPlugins(plugin, data);
  let exit: ExitCode = broken.length > 0 ? EXIT.failed : EXIT.ok;
  for (const each of found) {
    if ((await checkOne(each, each.folder, options)) !== EXIT.ok) exit = EXIT.failed;
    if (!options.json) output.line();
  }
  for (const problem of broken.flatMap(({ problems }) => problems)) console.error(formatProblem(problem));
  return exit;
}

async function checkOne(found: FoundPlugin, name: string, options: PluginCheckOptions): Promise<ExitCode> {
  const { stage, quick, dry_run, json, output, signal } = options;
  const seed = options.seed ?? crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
  const { id, version } = found.manifest;
  const results: CaseResult[] = [];
  if (!json) output.line(`${id} ${version}`);
  const check = { seed, quick, dry_run, signal, ...(stage !== undefined && { stage }) };
  for await (const result of checkPlugin(found, check)) {
    if (!json) output.write(describe(result, results));
    results.push(result);
    await output.ready();
  }
  const count = (wanted: CaseResult["result"]) => results.filter(({ result }) => result === wanted).length;
  const totals = { passed: count("passed"), failed: count("failed"), skipped: count("skipped") };
  if (json) output.json({ plugin: id, version, seed, ...totals, results });
  else {
    output.line(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
    const again = ["stagebox plugin check", name, quick && "--quick", stage && `--stage ${stage}`, `--seed ${seed}`];
    if (!dry_run) output.line(`The same again: ${again.filter(Boolean).join(" ")}`);
  }
  return totals.failed > 0 ? EXIT.failed : EXIT.ok;
}

const WORDS = { passed: "ok", failed: "FAILED", skipped: "skipped" } as const;

/** A crash is the same crash in every case: its words stand there once. */
function describe(result: CaseResult, before: readonly CaseResult[]): string {
  const heading = result.stage !== null && before.at(-1)?.stage !== result.stage ? [`  ${result.stage}`] : [];
  const indent = result.stage === null ? "  " : "    ";
  const same = before.find(({ stage, reason }) => stage === result.stage && reason === result.reason);
  const words = same && result.result === "failed" ? `as under ${same.case}` : result.reason;
  const reason = words === "" ? [] : [`${indent}           ${words}`];
  return [...heading, `${indent}${WORDS[result.result].padEnd(7)}  ${result.case}`, ...reason].join("\n").concat("\n");
}
