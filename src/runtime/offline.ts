// SPDX-License-Identifier: Apache-2.0
//
// Runs a pipeline over its source as fast as it goes, without losing anything: the same engine and the same blocks as a
// live run, so that the results are the same too.
import type { Catalog } from "../pipeline/catalog.ts";
import type { Pipeline, SinkEntry } from "../pipeline/pipeline.ts";
import { Graph } from "./graph.ts";
import type { OpenSink } from "./sink.ts";
import type { ResolveFile } from "./source.ts";

const WAIT_US = 20_000;

export interface OfflineOptions {
  catalog: Catalog;
  resolveFile: ResolveFile;
  /** What shall be taken out, in place of the pipeline's own sinks; the graph tells the formats. */
  sinks: readonly SinkEntry[];
  openSink: OpenSink;
  /** Ends the run when this much of the signal has gone through; needed for a source without an end. */
  seconds?: number;
  /** Part of the run that is done, from 0 to 1. */
  onProgress?(part: number): void;
  /** Awaited each time all sinks have been handed what there was: a slow reader may hold the run up. */
  onRound?(): Promise<void>;
  signal?: AbortSignal;
}

/** Resolves when everything has gone through, with what the user should know. Throws ProblemsError. */
export async function runOffline(pipeline: Pipeline, options: OfflineOptions): Promise<{ notices: readonly string[] }> {
  const { catalog, resolveFile, sinks, openSink, seconds, signal } = options;
  const graph = await Graph.open(
    { ...pipeline, sinks: [...sinks] },
    { catalog, resolveFile, openSink, lossless: true },
  );
  try {
    const end = seconds === undefined ? undefined : Math.max(1, Math.round(seconds * graph.source.node.format.rate_hz));
    if (end !== undefined) graph.session.endAfter(end);
    graph.start();
    for (;;) {
      signal?.throwIfAborted();
      const ended = graph.session.has_ended;
      const more = graph.pump();
      await options.onRound?.();
      if (ended && !more) break;
      const done = end === undefined ? 0 : graph.session.stats().frames / end;
      options.onProgress?.(Math.max(graph.source.feeder?.progress ?? 0, done));
      if (!more) graph.session.wait(WAIT_US);
      await Bun.sleep(0);
    }
    return { notices: graph.source.notices };
  } finally {
    graph.close();
  }
}
