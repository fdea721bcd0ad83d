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
  { stages: specs, sinks: sinkSpecs }: Catalog,
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
  const sinks = pipeline.sinks.filter(({ id, type, from }) => {
    const spec = sinkSpecs.get(type);
    return !gone.has(from) && (spec?.unavailable === undefined || runs(id, spec));
  });
  const isWhole = sinks.length === pipeline.sinks.length;
  if (isWhole && stages.every((stage, index) => stage === pipeline.stages[index])) return pipeline;
  return { ...pipeline, stages, sinks };
}

/** What is wrong with entries of these ids whose plugin is not there. */
export function missingPlugins(pipeline: Pipeline, catalog: Catalog, isNew: (id: string) => boolean): Problem[] {
  const problem = (spec: ComponentSpec | undefined, id: string, field: string): Problem[] =>
    spec?.unavailable !== undefined && isNew(id) ? [{ field, message: `${id}: ${spec.unavailable}` }] : [];
  const { source, stages, sinks } = pipeline;
  return [
    ...problem(catalog.sources.get(source.type), source.id, "/source/type"),
    ...stages.flatMap(({ id, type, bypass }, index) =>
      bypass ? [] : problem(catalog.stages.get(type), id, `/stages/${index}/type`),
    ),
    ...sinks.flatMap(({ id, type }, index) => problem(catalog.sinks.get(type), id, `/sinks/${index}/type`)),
  ];
}
