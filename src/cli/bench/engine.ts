// SPDX-License-Identifier: Apache-2.0
//
// What the engine adds to its stages: a stage that does nothing shows it alone, its clock included.
import type { Catalog } from "../../pipeline/catalog.ts";
import type { StageEntry } from "../../pipeline/pipeline.ts";
import { type BenchContext, type Measurement, SHAPES } from "./measurement.ts";
import { syntheticPipeline } from "./synthetic.ts";
import { timedRun } from "./timed-run.ts";

const STAGES = 32;

export async function* benchEngine(catalog: Catalog, context: BenchContext): AsyncGenerator<Measurement> {
  for (const shape of SHAPES) {
    const { block_ns } = await timedRun(syntheticPipeline(catalog, shape, chain()), { catalog, ...context });
    yield {
      name: `engine.stage.${shape.channels}x${shape.frames}`,
      unit: "ns/stage",
      value: block_ns / STAGES,
      stages: STAGES,
    };
  }
}

function chain(): StageEntry[] {
  return Array.from({ length: STAGES }, (_, i) => ({
    id: `nop${i}`,
    type: "nop",
    params: {},
    from: i === 0 ? "source" : `nop${i - 1}`,
    bypass: false,
    group: "main",
  }));
}
