// SPDX-License-Identifier: Apache-2.0
//
// A pipeline runs off line for a while and its clocks are read: those the engine keeps for every stage in every run.
import type { NodeStats } from "../../native/node.ts";
import type { Catalog } from "../../pipeline/catalog.ts";
import type { Pipeline } from "../../pipeline/pipeline.ts";
import { Graph } from "../../runtime/graph.ts";

/** The run is cut into parts and the fastest counts: what disturbs a machine only ever makes it slower. */
const PARTS = 5;
/** Spectra work once a second of signal, so a part must hold many, or the fastest would be the one with the fewest. */
const PART_SIGNAL_S = 20;

export interface StageTime {
  id: string;
  /** Mean time of a block, in the fastest part. */
  block_ns: number;
  p50_ns: number;
  p99_ns: number;
}

export interface RunTimes {
  stages: StageTime[];
  block_frames: number;
  /** Sum of what the stages took for one source block, in the fastest part. */
  block_ns: number;
  p99_ns: number;
  /** Seconds of signal that go through in one second, source included, in the fastest part. */
  times_real_time: number;
}

/** Throws ProblemsError where the pipeline cannot be built. */
export async function timedRun(
  pipeline: Pipeline,
  { catalog, seconds, signal }: { catalog: Catalog; seconds: number; signal: AbortSignal },
): Promise<RunTimes> {
  const graph = await Graph.open(
    { ...pipeline, sinks: [] },
    { catalog, resolveFile: (file) => file, openSink: neverOpened, lossless: true },
  );
  try {
    graph.start();
    const ids = graph.plan.nodes.map(({ id }) => id);
    const read = () => ({
      at_ms: performance.now(),
      frames: graph.session.stats().frames,
      stages: ids.map((id) => graph.node(id)?.stats() as NodeStats),
    });
    const { format } = graph.source.node;
    let last = read();
    const parts: Part[] = [];
    while (parts.length < PARTS) {
      await Bun.sleep((seconds * 1000) / PARTS);
      signal.throwIfAborted();
      const now = read();
      const part = difference(last, now);
      if (part.blocks * graph.source.block_frames < PART_SIGNAL_S * format.rate_hz) continue;
      parts.push(part);
      last = now;
    }
    const least = (of: (part: Part) => number) => Math.min(...parts.map(of));
    return {
      stages: ids.map((id, i) => {
        const { p50_ns, p99_ns } = last.stages[i] as NodeStats;
        return { id, block_ns: least((part) => part.stages_ns[i] as number), p50_ns, p99_ns };
      }),
      block_frames: graph.source.block_frames,
      block_ns: least(({ stages_ns }) => stages_ns.reduce((sum, ns) => sum + ns, 0)),
      p99_ns: Math.max(...graph.session.groups().map(({ p99_us }) => p99_us * 1e3)),
      times_real_time: 1 / (least(({ frame_s }) => frame_s) * format.rate_hz),
    };
  } finally {
    graph.close();
  }
}

interface Mark {
  at_ms: number;
  frames: number;
  stages: NodeStats[];
}

interface Part {
  /** That the first stage has done. */
  blocks: number;
  /** Mean time of a block in each stage. */
  stages_ns: number[];
  frame_s: number;
}

function difference(before: Mark, after: Mark): Part {
  const blocks = after.stages.map((stage, i) => stage.blocks - (before.stages[i] as NodeStats).blocks);
  return {
    blocks: blocks[0] ?? 0,
    stages_ns: after.stages.map(
      ({ total_ns }, i) => (total_ns - (before.stages[i] as NodeStats).total_ns) / (blocks[i] as number),
    ),
    frame_s: (after.at_ms - before.at_ms) / 1e3 / (after.frames - before.frames),
  };
}

function neverOpened(): never {
  throw new Error("a benchmark has no sinks");
}
