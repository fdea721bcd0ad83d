// SPDX-License-Identifier: Apache-2.0
//
// stagebox process: a pipeline over a recording, as fast as it goes.
import { rmSync } from "node:fs";
import { extname } from "node:path";
import { createRecording, type RecordingFormat } from "../formats/create.ts";
import { Packet } from "../native/packet.ts";
import type { Catalog } from "../pipeline/catalog.ts";
import type { Pipeline, SinkEntry } from "../pipeline/pipeline.ts";
import { ProblemsError } from "../pipeline/problem.ts";
import { either } from "../pipeline/words.ts";
import type { Format } from "../runtime/box.ts";
import { loadCatalog } from "../runtime/catalog.ts";
import { columnNames, RowStatistics } from "../runtime/features.ts";
import { runOffline } from "../runtime/offline.ts";
import { recordingInfo, writePacket } from "../runtime/recorder.ts";
import type { Sink } from "../runtime/sink.ts";
import { loadPipeline, withInput } from "./pipeline-file.ts";
import { ProgressBar } from "./progress-bar.ts";

export interface ProcessOptions {
  pipeline: string;
  /** A recording in the place of the pipeline's source. */
  input?: string;
  /** Where the last signal of the pipeline is written. */
  output?: string;
  json: boolean;
  seconds?: number;
  signal: AbortSignal;
}

/** Where the file's start is not known the header says the epoch, so that equal runs give equal files. */
const UNKNOWN_START = new Date(0);

export async function processRecording(options: ProcessOptions): Promise<void> {
  const catalog = loadCatalog();
  const loaded = loadPipeline(options.pipeline, catalog);
  const pipeline = options.input === undefined ? loaded.pipeline : withInput(loaded.pipeline, options.input, 0);
  if (pipeline.source.type !== "replay" && options.seconds === undefined)
    throw new ProblemsError([
      {
        message: `the source of ${options.pipeline} has no end; name a recording with --input, or a length with --seconds`,
      },
    ]);

  const statistics = new Map<string, RowStatistics>();
  const progress = new ProgressBar(!options.json && process.stderr.isTTY === true);
  const { notices } = await runOffline(pipeline, {
    catalog,
    resolveFile: loaded.resolveFile,
    sinks: sinksOf(pipeline, catalog, options.output),
    openSink: ({ type, params }, format) => {
      if (type === "output") return outputSink(String(params.path), format);
      const stage = String(params.stage);
      const rows = new RowStatistics(format);
      statistics.set(stage, rows);
      return featureSink(stage, format, rows, options.json);
    },
    onProgress: (part) => progress.show(part),
    signal: options.signal,
    ...(options.seconds !== undefined && { seconds: options.seconds }),
  });
  progress.clear();
  for (const notice of notices) console.error(`note: ${notice}`);

  const summary = Object.fromEntries([...statistics].map(([stage, rows]) => [stage, rows.means()]));
  process.stdout.write(options.json ? `${JSON.stringify({ summary })}\n` : describe(summary, options.output));
}

/** Every stage that puts out features, and the file if one is asked for. */
function sinksOf(pipeline: Pipeline, { stages }: Catalog, output: string | undefined): SinkEntry[] {
  const running = pipeline.stages.filter((stage) => !stage.bypass);
  const features = running
    .filter(({ type }) => stages.get(type)?.output === "features")
    .map(({ id }): SinkEntry => ({ id: `features of ${id}`, type: "features", params: { stage: id }, from: id }));
  if (output === undefined) return features;
  const last = running.findLast(({ type }) => stages.get(type)?.output === "signal") ?? pipeline.source;
  return [...features, { id: "output", type: "output", params: { path: output }, from: last.id }];
}

/** Prints each row as a line of JSON, if asked to, and counts it in. */
function featureSink(stage: string, format: Format, rows: RowStatistics, json: boolean): Sink {
  const names = columnNames(format);
  return {
    onPacket(bytes) {
      const packet = new Packet(bytes);
      rows.add(packet);
      if (!json) return;
      const { data, frames } = packet;
      let lines = "";
      for (let frame = 0; frame < frames; frame++) {
        const row = data.subarray(frame * names.length, (frame + 1) * names.length);
        const values = Object.fromEntries(names.map((name, column) => [name, finite(row[column])]));
        lines += `${JSON.stringify({ stage, t_s: packet.frameTimeNs(frame) / 1e9, values })}\n`;
      }
      process.stdout.write(lines);
    },
    onFormat() {},
    tick() {},
    detail: () => ({}),
    close() {},
  };
}

/** JSON has no NaN. */
function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}

function outputSink(path: string, format: Format): Sink {
  const extension = extname(path).slice(1).toLowerCase();
  const formats: readonly string[] = ["bdf", "edf", "csv", "wav"] satisfies RecordingFormat[];
  if (!formats.includes(extension))
    throw new ProblemsError([
      { file: path, message: `has no known ending; end it in ${either(formats.map((name) => `.${name}`))}` },
    ]);
  rmSync(path, { force: true });
  const writer = createRecording(extension as RecordingFormat, path, recordingInfo(format, UNKNOWN_START));
  return {
    onPacket: (bytes) => writePacket(writer, new Packet(bytes)),
    onFormat() {},
    tick() {},
    detail: () => ({}),
    close: () => writer.close(),
  };
}

function describe(summary: Record<string, Record<string, number | null>>, output: string | undefined): string {
  const lines = Object.entries(summary).flatMap(([stage, means]) => [
    `${stage}, mean over the run:`,
    ...Object.entries(means).map(
      ([name, mean]) => `  ${name.padEnd(24)} ${mean === null ? "-" : Number(mean.toPrecision(6))}`,
    ),
  ]);
  if (output !== undefined) lines.push(`written to ${output}`);
  return lines.map((line) => `${line}\n`).join("");
}
