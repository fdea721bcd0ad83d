// SPDX-License-Identifier: Apache-2.0
import type { Library } from "../../native/library.ts";
import type { Catalog, ComponentSpec } from "../../pipeline/catalog.ts";
import type { BenchContext, Shape } from "./measurement.ts";
import { defaults, syntheticPipeline } from "./synthetic.ts";
import { type StageTime, timedRun } from "./timed-run.ts";

/** The first stage of a plugin's library, by itself. */
export function timePluginStage(
  { components }: Library,
  shape: Shape,
  catalog: Catalog,
  context: BenchContext,
): Promise<StageTime> {
  const stages = new Map([...catalog.stages, ...components.stages.map((spec) => [spec.type, spec] as const)]);
  return timeStage(components.stages[0] as ComponentSpec, shape, { ...catalog, stages }, context);
}

export async function timeStage(
  { type, params }: ComponentSpec,
  shape: Shape,
  catalog: Catalog,
  context: BenchContext,
): Promise<StageTime> {
  const stage = { id: "stage", type, params: defaults(params), from: "source", bypass: false, group: "main" };
  const { stages } = await timedRun(syntheticPipeline(catalog, shape, [stage]), { catalog, ...context });
  return stages[0] as StageTime;
}
