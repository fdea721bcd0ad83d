// SPDX-License-Identifier: Apache-2.0
//
// stagebox bench: what stages, pipelines and the engine cost on this machine, measured through the engine itself.
import { simd } from "../../native/engine.ts";
import type { Catalog } from "../../pipeline/catalog.ts";
import { suggestion } from "../../pipeline/suggest.ts";
import { quote } from "../../pipeline/words.ts";
import { openPluginCatalog } from "../../plugins/plugin-catalog.ts";
import { version } from "../../version.ts";
import { UsageError } from "../arguments.ts";
import { defaultDataFolder } from "../default-data-folder.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { thisMachine } from "../machine.ts";
import type { Output } from "../output.ts";
import { benchEngine } from "./engine.ts";
import { benchLanguages } from "./languages.ts";
import type { Measurement } from "./measurement.ts";
import { benchPipelines } from "./pipelines.ts";
import { benchPlugins } from "./plugins.ts";
import { describe } from "./report.ts";
import { benchStages } from "./stages.ts";
import { benchWakeUp } from "./wake.ts";

export interface BenchOptions {
  /** Topics and types of stages; none: all topics. */
  what: readonly string[];
  seconds: number | undefined;
  json: boolean;
  output: Output;
  signal: AbortSignal;
}

const TOPICS = ["stages", "pipelines", "engine", "plugins", "wake"];
const SECONDS = 0.2;
const WAKE_SECONDS = 5;

/** Stages of plugins are measured where they are asked for by name. */
export async function runBench(options: BenchOptions): Promise<ExitCode> {
  const plugins = await openPluginCatalog(
    defaultDataFolder,
    new Set(options.what.filter((name) => !TOPICS.includes(name))),
  );
  try {
    return await benchWith(plugins.catalog, options);
  } finally {
    plugins.close();
  }
}

async function benchWith(catalog: Catalog, { what, seconds, json, output, signal }: BenchOptions): Promise<ExitCode> {
  const topics = topicsOf(what, catalog);
  const results: Measurement[] = [];
  const machine = thisMachine();
  const note = (text: string) => console.error(`note: ${text}`);
  if (!json) output.line(`Stagebox ${version} (${simd()}) on ${machine.model}, ${machine.cores} cores`);
  for (const { title, measure } of topics) {
    if (!json) output.line(`\n${title}`);
    for await (const result of measure(seconds)) {
      results.push(result);
      if (!json) output.line(describe(result));
      await output.ready();
    }
  }
  if (json) output.json({ version, machine, simd: simd(), results });
  return EXIT.ok;

  /** What was asked for, in the order of the topics. */
  function topicsOf(what: readonly string[], { stages }: Catalog) {
    const all = [...stages.keys()];
    const unknown = what.find((name) => !TOPICS.includes(name) && !stages.has(name));
    if (unknown !== undefined)
      throw new UsageError(`${quote(unknown)} cannot be measured; ${suggestion(unknown, [...TOPICS, ...all])}`);
    const missing = what.flatMap((name) => stages.get(name)?.unavailable ?? [])[0];
    if (missing !== undefined) throw new UsageError(`that cannot be measured: ${missing}`);
    const isAsked = (name: string) => what.length === 0 || what.includes(name);
    const types = isAsked("stages") ? all : all.filter((type) => what.includes(type));
    return [
      {
        title: "stages, channels x frames a block",
        isAsked: types.length > 0,
        measure: (given = SECONDS) => benchStages(types, catalog, { seconds: given, signal }),
      },
      {
        title: "pipelines, by channels; what of it goes into each stage",
        isAsked: isAsked("pipelines"),
        measure: (given = SECONDS) => benchPipelines(catalog, { seconds: given, signal }),
      },
      {
        title: "engine, what it adds to each stage of a block",
        isAsked: isAsked("engine"),
        measure: (given = SECONDS) => benchEngine(catalog, { seconds: given, signal }),
      },
      {
        title: "plugins, median of one call, channels x frames a block",
        isAsked: isAsked("plugins"),
        measure: (given = SECONDS) => benchPlugins(catalog, { seconds: given, signal }),
      },
      {
        title: "the same gain as a plugin, median of one call, channels x frames a block",
        isAsked: isAsked("plugins"),
        measure: (given = SECONDS) => benchLanguages(catalog, { seconds: given, signal }, note),
      },
      {
        title: "wake, how late the source's thread is in a live run",
        isAsked: isAsked("wake"),
        measure: (given = WAKE_SECONDS) => benchWakeUp(catalog, { seconds: given, signal }),
      },
    ].filter((topic) => topic.isAsked);
  }
}
