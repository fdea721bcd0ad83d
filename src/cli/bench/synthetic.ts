// SPDX-License-Identifier: Apache-2.0
import type { Catalog, ComponentSpec, Params } from "../../pipeline/catalog.ts";
import type { Pipeline, StageEntry } from "../../pipeline/pipeline.ts";
import type { Shape } from "./measurement.ts";

/** Stages behind a synthetic source of that shape, whose id is `source`. */
export function syntheticPipeline(catalog: Catalog, { channels, frames }: Shape, stages: StageEntry[]): Pipeline {
  const spec = catalog.sources.get("synthetic") as ComponentSpec;
  return {
    schema: 1,
    name: "bench",
    description: "",
    cores: {},
    block_frames: frames,
    source: { id: "source", type: "synthetic", params: { ...defaults(spec.params), channels } },
    stages,
    sinks: [],
    tests: [],
  };
}

/** Of a component's parameters, those that have a default. */
export function defaults(params: ComponentSpec["params"]): Params {
  return Object.fromEntries(params.flatMap(({ id, default: value }) => (value === undefined ? [] : [[id, value]])));
}
