// SPDX-License-Identifier: Apache-2.0
//
// How late the source's thread wakes in a live run of the default pipeline: what the kernel does to a deadline.
import type { Catalog } from "../../pipeline/catalog.ts";
import { Graph } from "../../runtime/graph.ts";
import { loadPipeline } from "../pipeline-file.ts";
import type { BenchContext, Measurement } from "./measurement.ts";

const POLL_MS = 10;
const MIN_BLOCKS = 4;

export interface WakeUp {
  p50_us: number;
  p99_us: number;
  max_us: number;
  /** SCHED_FIFO was granted. */
  realtime: boolean;
}

export async function measureWakeUp(catalog: Catalog, { seconds, signal }: BenchContext): Promise<WakeUp> {
  const { pipeline, resolveFile } = loadPipeline("default", catalog);
  const openSink = () => {
    throw new Error("a benchmark has no sinks");
  };
  const graph = await Graph.open({ ...pipeline, sinks: [] }, { catalog, resolveFile, openSink, lossless: false });
  try {
    graph.start();
    const end = performance.now() + seconds * 1e3;
    while (performance.now() < end || graph.session.stats().blocks < MIN_BLOCKS) {
      signal.throwIfAborted();
      await Bun.sleep(POLL_MS);
    }
    const { wake_p50_us, wake_p99_us, wake_max_us, realtime } = graph.session.stats();
    return { p50_us: wake_p50_us, p99_us: wake_p99_us, max_us: wake_max_us, realtime };
  } finally {
    graph.close();
  }
}

export async function* benchWakeUp(catalog: Catalog, context: BenchContext): AsyncGenerator<Measurement> {
  const { p50_us, p99_us, max_us, realtime } = await measureWakeUp(catalog, context);
  const scheduling = realtime ? "SCHED_FIFO" : "SCHED_OTHER";
  yield { name: "wake.p50", unit: "us", value: p50_us, scheduling };
  yield { name: "wake.p99", unit: "us", value: p99_us, scheduling };
  yield { name: "wake.max", unit: "us", value: max_us, scheduling };
}
