// SPDX-License-Identifier: Apache-2.0
//
// What whole pipelines cost, and how that divides among their stages.
import type { Catalog } from "../../pipeline/catalog.ts";
import { loadPipeline } from "../pipeline-file.ts";
import type { BenchContext, Measurement } from "./measurement.ts";
import { timedRun } from "./timed-run.ts";

const PIPELINES = ["default", "alpha"];
const CHANNELS = [8, 64];

export async function* benchPipelines(catalog: Catalog, context: BenchContext): AsyncGenerator<Measurement> {
  for (const name of PIPELINES) {
    const { pipeline } = loadPipeline(name, catalog);
    const { source } = pipeline;
    for (const channels of CHANNELS) {
      const wide = { ...pipeline, source: { ...source, params: { ...source.params, channels } } };
      const { stages, block_frames, block_ns, p99_ns, times_real_time } = await timedRun(wide, { catalog, ...context });
      const total_ns = stages.reduce((sum, stage) => sum + stage.block_ns, 0);
      yield {
        name: `pipeline.${name}.${channels}`,
        unit: "us/block",
        value: block_ns / 1e3,
        block_p99_us: p99_ns / 1e3,
        block_frames,
        times_real_time,
        shares: Object.fromEntries(stages.map(({ id, block_ns }) => [id, block_ns / total_ns])),
      };
    }
  }
}
