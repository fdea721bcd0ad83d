// SPDX-License-Identifier: Apache-2.0
//
// A graph without the plugins that are not there: their stages stay in the pipeline, and run again as soon as they can.
import type { Catalog, ComponentSpec } from "../pipeline/catalog.ts";
import type { Pipeline, StageEntry } from "../pipeline/pipeline.ts";
import type { Problem } from "../pipeline/problem.ts";

/** The pipeline as it can be run: what cannot be had is bypassed where its listeners can take what it takes, and left out
 * with all that hangs on it where they cannot. `runs`: that very one runs already, and goes on. */
export function passingOver(
  pipeline: Pipeline,
  { stages: specs }: Catalog,
  runs: (id: string, spec: ComponentSpec) => boolean,
): Pipeline {
  const gone = new Set<string>();
  const stages = pipeline.stages.flatMap((stage): StageEntry[] => {
    const spec = specs.get(stage.type);
    const isMissing = spec?.unavailable !== undefined && !stage.bypass && !runs(stage.id, spec);
    if (gone.has(stage.from) || (isMissing && spec.input !== spec.output)) {
      gone.add(stage.id);
      return [];
    }
    return [isMissing ? { ...stage, bypass: true } : stage];
  });
  if (gone.size === 0 && stages.every((stage, index) => stage === pipeline.stages[index])) return pipeline;
  return { ...pipeline, stages, sinks: pipeline.sinks.filter(({ from }) => !gone.has(from)) };
}

/** Refuses stages of these ids whose plugin is not there. */
export function missingPlugins(pipeline: Pipeline, catalog: Catalog, isNew: (id: string) => boolean): Problem[] {
  const stages = pipeline.stages.flatMap(({ id, type, bypass }, index): Problem[] => {
    const reason = catalog.stages.get(type)?.unavailable;
    if (reason === undefined || bypass || !isNew(id)) return [];
    return [{ field: `/stages/${index}/type`, message: `${id}: ${reason}` }];
  });
  const reason = catalog.sources.get(pipeline.source.type)?.unavailable;
  if (reason !== undefined && isNew(pipeline.source.id))
    stages.push({ field: "/source/type", message: `${pipeline.source.id}: ${reason}` });
  return stages;
}
