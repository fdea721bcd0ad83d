// SPDX-License-Identifier: Apache-2.0
//
// stagebox process: a pipeline over a recording, as fast as it goes.
import { Packet } from "../native/packet.ts";
import type { Catalog } from "../pipeline/catalog.ts";
import type { Pipeline, SinkEntry } from "../pipeline/pipeline.ts";
import { ProblemsError } from "../pipeline/problem.ts";
import type { Format } from "../runtime/box.ts";
import { RowStatistics } from "../runtime/features.ts";
import { runOffline } from "../runtime/offline.ts";
import type { Sink } from "../runtime/sink.ts";
import { FeatureLines } from "./feature-lines.ts";
import type { Output } from "./output.ts";
import { checkOutputFile, outputFileSink } from "./output-file.ts";
import { packetSink } from "./packet-sink.ts";
import { catalogFor, inFile, loadPipeline, withInput } from "./pipeline-file.ts";
import { ProgressBar } from "./progress-bar.ts";

export interface ProcessOptions {
  pipeline: string;
  /** A recording in the place of the pipeline's source. */
  input: string | undefined;
  /** Where the last signal of the pipeline is written. */
  outputFile: string | undefined;
  seconds: number | undefined;
  json: boolean;
  output: Output;
  signal: AbortSignal;
}

export async function processRecording(options: ProcessOptions): Promise<void> {
  const plugins = await catalogFor([options.pipeline]);
  try {
    await processWith(plugins.catalog, options);
  } finally {
    plugins.close();
  }
}

async function processWith(catalog: Catalog, options: ProcessOptions): Promise<void> {
  const { json, output, outputFile, seconds, signal } = options;
  const loaded = loadPipeline(options.pipeline, catalog);
  const pipeline = inOneGroup(
    options.input === undefined ? loaded.pipeline : withInput(loaded.pipeline, options.input, 0),
  );
  checkEnd(pipeline, options);
  if (outputFile !== undefined) checkOutputFile(outputFile, pipeline, loaded.resolveFile);

  const statistics = new Map<string, RowStatistics>();
  const lines = new FeatureLines((text) => output.write(text));
  const progress = new ProgressBar(!json && process.stderr.isTTY === true);
  try {
    const { notices } = await runOffline(pipeline, {
      catalog,
      resolveFile: loaded.resolveFile,
      sinks: sinksOf(pipeline, catalog, outputFile),
      openSink: ({ type, params }, format) =>
        type === "output"
          ? outputFileSink(String(params.path), format)
          : featureSink(String(params.stage), format, statistics, json ? lines : undefined),
      onProgress: (part) => progress.show(part),
      async onRound() {
        lines.endRound();
        await output.ready();
      },
      signal,
      ...(seconds !== undefined && { seconds }),
    });
    for (const notice of notices) console.error(`note: ${notice}`);
  } catch (error) {
    if (error === signal.reason && outputFile !== undefined)
      console.error(`interrupted; ${outputFile} holds what had gone through until then`);
    throw inFile(options.pipeline, error);
  } finally {
    progress.clear();
  }
  lines.end();

  if (json) output.json({ summary: Object.fromEntries([...statistics].map(([stage, rows]) => [stage, rows.means()])) });
  else output.write(describe(statistics, outputFile));
  if (!json && outputFile === undefined && statistics.size === 0)
    console.error("note: no stage of this pipeline puts out features; write its signal with --output FILE");
}

/** One thread for all stages: it decides nothing about the values, but a lot about the order in which they come. */
function inOneGroup(pipeline: Pipeline): Pipeline {
  return { ...pipeline, stages: pipeline.stages.map((stage) => ({ ...stage, group: "main" })) };
}

function checkEnd({ source }: Pipeline, { seconds, pipeline }: ProcessOptions): void {
  if (seconds !== undefined || (source.type === "replay" && source.params.loop !== true)) return;
  const remedy = "name a recording with --input, or a length with --seconds";
  throw new ProblemsError([{ file: pipeline, field: "/source", message: `the source has no end; ${remedy}` }]);
}

/** Every stage that puts out features, and the file if one is asked for. */
function sinksOf(pipeline: Pipeline, { stages }: Catalog, outputFile: string | undefined): SinkEntry[] {
  const running = pipeline.stages.filter((stage) => !stage.bypass);
  const features = running
    .filter(({ type }) => stages.get(type)?.output === "features")
    .map(({ id }): SinkEntry => ({ id: `features of ${id}`, type: "features", params: { stage: id }, from: id }));
  if (outputFile === undefined) return features;
  const last = running.findLast(({ type }) => stages.get(type)?.output === "signal") ?? pipeline.source;
  return [...features, { id: "output", type: "output", params: { path: outputFile }, from: last.id }];
}

function featureSink(
  stage: string,
  format: Format,
  statistics: Map<string, RowStatistics>,
  lines?: FeatureLines,
): Sink {
  const rows = new RowStatistics(format);
  statistics.set(stage, rows);
  const print = lines?.addStage(stage, format);
  return packetSink((bytes) => {
    const packet = new Packet(bytes);
    rows.add(packet);
    print?.(packet);
  });
}

function describe(statistics: ReadonlyMap<string, RowStatistics>, outputFile: string | undefined): string {
  const lines = [...statistics].flatMap(([stage, rows]) => [
    `${stage}${rows.unit === "1" ? "" : ` in ${rows.unit}`}, mean over the run:`,
    ...Object.entries(rows.means()).map(
      ([name, mean]) => `  ${name.padEnd(24)} ${mean === null ? "-" : Number(mean.toPrecision(6))}`,
    ),
  ]);
  if (outputFile !== undefined) lines.push(`written to ${outputFile}`);
  return lines.map((line) => `${line}\n`).join("");
}
