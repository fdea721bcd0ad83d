// SPDX-License-Identifier: Apache-2.0
//
// A pipeline runs off line for a while and its clocks are read: those the engine keeps for every stage in every run. Off
// line it times one block in eight, drawn by lot.
import type { NodeStats } from "../../native/node.ts";
import type { Catalog } from "../../pipeline/catalog.ts";
import type { Pipeline } from "../../pipeline/pipeline.ts";
import { Graph } from "../../runtime/graph.ts";

/** Of several runs the fastest counts: what disturbs a machine only ever makes it slower. */
const RUNS = 3;
/** Below this the lot decides too much. */
const LEAST_BLOCKS = 256;

export interface StageTime {
  id: string;
  /** Mean time of a block. */
  block_ns: number;
  p50_ns: number;
  p99_ns: number;
}

export interface RunTimes {
  stages: StageTime[];
  block_frames: number;
  /** What the stages take for one source block. */
  block_ns: number;
  p99_ns: number;
  /** Seconds of signal that go through in one second, source included. */
  times_real_time: number;
}

interface Timing {
  catalog: Catalog;
  seconds: number;
  signal: AbortSignal;
}

/** Throws ProblemsError where the pipeline cannot be built. */
export async function timedRun(pipeline: Pipeline, { catalog, seconds, signal }: Timing): Promise<RunTimes> {
  const runs: RunTimes[] = [];
  for (let run = 0; run < RUNS; run++) runs.push(await oneRun(pipeline, { catalog, seconds: seconds / RUNS, signal }));
  return runs.reduce((best, run) => (run.block_ns < best.block_ns ? run : best));
}

async function oneRun(pipeline: Pipeline, { catalog, seconds, signal }: Timing): Promise<RunTimes> {
  const graph = await Graph.open(
    { ...pipeline, sinks: [] },
    { catalog, resolveFile: (file) => file, openSink: neverOpened, lossless: true },
  );
  try {
    const readStages = () => graph.plan.nodes.map(({ id }) => ({ id, ...(graph.node(id)?.stats() as NodeStats) }));
    const start_ms = performance.now();
    graph.start();
    do {
      await Bun.sleep(seconds * 1000);
      signal.throwIfAborted();
    } while (readStages().some(({ blocks, total_ns }) => blocks < LEAST_BLOCKS || total_ns === 0));

    const stages = readStages();
    const { frames } = graph.session.stats();
    const signal_s = frames / graph.source.node.format.rate_hz;
    const blocks = stages[0]?.blocks ?? 0;
    return {
      stages: stages.map(({ id, p50_ns, p99_ns, ...stage }) => ({
        id,
        block_ns: stage.total_ns / stage.blocks,
        p50_ns,
        p99_ns,
      })),
      block_frames: graph.source.block_frames,
      block_ns: stages.reduce((sum, { total_ns }) => sum + total_ns, 0) / blocks,
      p99_ns: Math.max(...graph.session.groups().map(({ p99_us }) => p99_us * 1e3)),
      times_real_time: signal_s / ((performance.now() - start_ms) / 1e3),
    };
  } finally {
    graph.close();
  }
}

function neverOpened(): never {
  throw new Error("a benchmark has no sinks");
}
