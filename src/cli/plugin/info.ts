// SPDX-License-Identifier: Apache-2.0
//
// stagebox plugin info.
import { formatProblem } from "../../pipeline/problem.ts";
import type { PluginView } from "../../plugins/plugin.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Output } from "../output.ts";
import { permissionWords } from "./permissions.ts";
import { goesOnWith, openPlugins, type PluginInfo } from "./plugins.ts";

export interface InfoOptions {
  id: string;
  json: boolean;
  data: string;
  output: Output;
}

export async function info({ id, json, data, output }: InfoOptions): Promise<ExitCode> {
  const plugin = await (await openPlugins(data)).get(id);
  if (json) output.json(plugin);
  else for (const [name, value] of lines(plugin)) output.line(`${name.padEnd(12)} ${value}`);
  return EXIT.ok;
}

type Running = "isolation" | "sandbox" | "config" | "statistics" | "faults";

function lines(plugin: PluginInfo & Partial<Pick<PluginView, Running>>) {
  const { permissions, config, statistics, stages, presets, versions } = plugin;
  const words = (list: readonly string[]) => list.join(", ") || "nothing";
  const rows: [string, string | undefined][] = [
    [plugin.id, `${plugin.version}, ${plugin.name}: ${plugin.description}`],
    ["state", `${plugin.state}${plugin.quarantined ? ", in quarantine" : ""}`],
    ["reason", plugin.reason],
    ["goes on", plugin.quarantined ? goesOnWith(plugin.id) : undefined],
    ["by", `${plugin.authors.join(", ")}; ${plugin.license}; ${plugin.type}, ${plugin.category}`],
    ["folder", `${plugin.folder} (${plugin.origin})`],
    [
      "runs",
      plugin.isolation && (plugin.isolation === "process" ? "in a process of its own" : "in the service's process"),
    ],
    ["sandbox", plugin.sandbox],
    ["asks for", words(permissionWords(permissions.asked))],
    ["is granted", words(permissionWords(permissions.granted))],
    ["lacks", permissions.missing.join(", ") || undefined],
    ["trusted", plugin.trusted ? "yes" : undefined],
    ["signature", plugin.signature && `${plugin.signature.state}: ${plugin.id} ${plugin.signature.reason}`],
    ["pinned", plugin.pinned && `to version ${plugin.pinned}`],
    ...(config?.schema ?? []).map(({ id, description }): [string, string] => [
      "setting",
      `${id} = ${JSON.stringify(config?.values[id])}${description && `: ${description}`}`,
    ]),
    ...stages.map((stage): [string, string] => [stage.role, `${stage.type}: ${stage.description}`]),
    ...presets.map((preset): [string, string] => ["preset", `${preset.id}: ${preset.description}`]),
    ...(versions.length > 1 ? versions : []).map((it): [string, string] => [
      "version",
      `${it.version} in ${it.folder}${it.active ? ", which runs" : ""}${it.problem ? `: ${it.problem}` : ""}${
        it.asks_more.length > 0 ? `; asks for more: ${it.asks_more.join(", ")}` : ""
      }`,
    ]),
    [
      "blocks",
      statistics &&
        `${statistics.blocks}, of which ${statistics.substituted} were stood in for, ${statistics.late} late`,
    ],
    [
      "answers",
      statistics && statistics.answers > 0
        ? `${statistics.answers}, half of them within ${(statistics.answer_p50_us / 1e3).toFixed(1)} ms`
        : undefined,
    ],
    ["crashes", statistics && `${statistics.crashes}, ${statistics.restarts} restarts`],
    ...(plugin.faults ?? []).map(({ time, message }): [string, string] => ["fault", `${time} ${message}`]),
    ...plugin.warnings.map((problem): [string, string] => ["warning", formatProblem(problem)]),
  ];
  return rows.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
}
