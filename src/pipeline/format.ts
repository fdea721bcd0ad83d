// SPDX-License-Identifier: Apache-2.0
//
// Pipeline -> YAML text, the shortest that `parse` and `validate` turn into the same pipeline again.
import type { Catalog, Params, ParamValue } from "./catalog.ts";
import { componentsOf, DEFAULT_GROUP, type EntryKind } from "./entry.ts";
import { DEFAULT_TEST_SECONDS, defaultStatistic } from "./expectation.ts";
import type { Pipeline, SinkEntry, StageEntry } from "./pipeline.ts";
import { writeYaml } from "./yaml.ts";

/** Keys in a fixed order, parameters in the order of their table, nothing that is a default anyway. */
export function format(pipeline: Pipeline, catalog: Catalog): string {
  const { schema, name, description, block_frames, cores, source, stages, sinks, tests } = pipeline;
  const params = (kind: EntryKind, { type, params }: { type: string; params: Params }) =>
    unlessEmpty(changedFromDefault(params, type, kind, catalog));
  const last = stages.at(-1)?.id ?? source.id;

  const formatStage = (stage: StageEntry, index: number) => ({
    id: stage.id,
    type: stage.type,
    from: unless(stages[index - 1]?.id ?? source.id, stage.from),
    params: params("stage", stage),
    bypass: unless(false, stage.bypass),
    group: unless(DEFAULT_GROUP, stage.group),
  });
  const formatSink = (sink: SinkEntry) => ({
    id: sink.id,
    type: sink.type,
    from: unless(last, sink.from),
    params: params("sink", sink),
  });
  return writeYaml({
    schema,
    name,
    description: unless("", description),
    block_frames: unless(0, block_frames),
    cores: unlessEmpty(cores),
    source: { id: source.id, type: source.type, params: params("source", source) },
    stages: unlessEmpty(stages.map(formatStage)),
    sinks: unlessEmpty(sinks.map(formatSink)),
    tests: unlessEmpty(
      tests.map((test) => ({
        name: test.name,
        source: test.source && { type: test.source.type, params: params("source", test.source) },
        seconds: unless(DEFAULT_TEST_SECONDS, test.seconds),
        expect: test.expect.map((it) => ({ ...it, statistic: unless(defaultStatistic(it.value), it.statistic) })),
      })),
    ),
  });
}

function changedFromDefault(params: Params, type: string, kind: EntryKind, catalog: Catalog): Params {
  const component = componentsOf(catalog, kind).get(type);
  if (component?.unavailable !== undefined) return params;
  const specs = component?.params ?? [];
  return Object.fromEntries(
    specs.flatMap((spec) => {
      const value = params[spec.id];
      if (value === undefined || JSON.stringify(value) === JSON.stringify(spec.default)) return [];
      return [[spec.id, spec.kind === "choice" ? asNumber(value) : value]];
    }),
  );
}

/** `60` rather than `"60"`, where a choice is among numbers. */
function asNumber(choice: ParamValue): ParamValue {
  return `${Number(choice)}` === choice && Number.isFinite(Number(choice)) ? Number(choice) : choice;
}

function unless<T>(fallback: T, value: T): T | undefined {
  return value === fallback ? undefined : value;
}

function unlessEmpty<T extends object>(value: T): T | undefined {
  return Object.keys(value).length > 0 ? value : undefined;
}
