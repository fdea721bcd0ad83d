// SPDX-License-Identifier: Apache-2.0
//
// What each stage costs by itself, with its default parameters.
import type { Catalog, ComponentSpec, Params } from "../../pipeline/catalog.ts";
import type { StageEntry } from "../../pipeline/pipeline.ts";
import { type BenchContext, type Measurement, SHAPES, type Shape } from "./measurement.ts";
import { defaults, syntheticPipeline } from "./synthetic.ts";
import { timedRun } from "./timed-run.ts";

/** What stages without defaults get. */
const NO_DEFAULTS: Record<string, (shape: Shape) => Params> = {
  bipolar: () => ({ pairs: ["Fp1-C3", "Fp2-C4", "C3-O1", "C4-O2"] }),
  reference: () => ({ channels: ["P7", "P8"] }),
  spatial_filter: ({ channels }) => ({ matrix: identity(channels) }),
};

/** Stages that take no signal get it through one of these. */
const BEFORE: Record<string, string> = { spectrum: "psd", features: "band_power" };

export async function* benchStages(
  types: readonly string[],
  catalog: Catalog,
  context: BenchContext,
): AsyncGenerator<Measurement> {
  for (const type of types) {
    for (const shape of SHAPES) {
      const stages = chain(catalog.stages.get(type) as ComponentSpec, catalog, shape);
      const { stages: times } = await timedRun(syntheticPipeline(catalog, shape, stages), { catalog, ...context });
      const time = times.at(-1);
      if (!time) throw new Error(`${type} did not run`);
      yield {
        name: `stage.${type}.${shape.channels}x${shape.frames}`,
        unit: "ns/sample",
        value: time.block_ns / (shape.channels * shape.frames),
        block_p50_us: time.p50_ns / 1e3,
        block_p99_us: time.p99_ns / 1e3,
      };
    }
  }
}

function chain(spec: ComponentSpec, catalog: Catalog, shape: Shape): StageEntry[] {
  const before = catalog.stages.get(BEFORE[spec.input] ?? "");
  const specs = before ? [before, spec] : [spec];
  return specs.map(({ type, params }, i) => ({
    id: type,
    type,
    params: { ...defaults(params), ...NO_DEFAULTS[type]?.(shape) },
    from: specs[i - 1]?.type ?? "source",
    bypass: false,
    group: "main",
  }));
}

function identity(size: number): number[][] {
  return Array.from({ length: size }, (_, row) => Array.from({ length: size }, (_, column) => Number(row === column)));
}
