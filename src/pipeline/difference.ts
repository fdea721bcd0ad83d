// SPDX-License-Identifier: Apache-2.0
//
// What a live edit changes: which instances live on, which only get new numbers, and which must be made anew. Only the
// pipelines are compared, not how one became the other: what a runtime can keep, it keeps.
import type { Catalog, Params, ParamValue } from "./catalog.ts";
import { type Component, componentsOf, type EntryKind } from "./entry.ts";
import type { Pipeline } from "./pipeline.ts";
import { upstreamResolver } from "./plan.ts";

/** Every entry of the new pipeline (source, stages, sinks) is in exactly one of kept, live, remade and added. */
export interface Difference {
  kept: string[];
  /** Same instance, new values for parameters that are live: only those that changed. */
  live: { id: string; params: Params }[];
  /** Same id, but another type or a parameter that no instance can change. */
  remade: string[];
  added: string[];
  /** Ids in the old pipeline. */
  removed: string[];
  /** Renamed entries, old id -> new id. The lists above have the new ids. */
  renamed: Map<string, string>;
  /** Entries that were there before and now listen to another producer, bypassed stages left out of account. */
  rewired: string[];
  /** Stages that from now on are passed over, and those that no longer are. */
  bypassed: string[];
  resumed: string[];
  /** Stages that move to another group. */
  regrouped: string[];
  /** The block length is another: everything is activated anew. */
  block_frames: boolean;
}

/** `renamed`: old id -> new id, for entries that are the same under another id. */
export function difference(
  before: Pipeline,
  after: Pipeline,
  catalog: Catalog,
  renamed: ReadonlyMap<string, string> = new Map(),
): Difference {
  const newId = (id: string) => renamed.get(id) ?? id;
  const old = new Map(
    flatten(before).map((entry) => [newId(entry.id), { ...entry, upstream: entry.upstream && newId(entry.upstream) }]),
  );
  const entries = flatten(after);
  const ids = new Set(entries.map((entry) => entry.id));
  const result: Difference = {
    kept: [],
    live: [],
    remade: [],
    added: [],
    removed: flatten(before)
      .filter((entry) => !ids.has(newId(entry.id)))
      .map((entry) => entry.id),
    renamed: new Map([...renamed].filter(([from, to]) => from !== to && ids.has(to))),
    rewired: [],
    bypassed: [],
    resumed: [],
    regrouped: [],
    block_frames: before.block_frames !== after.block_frames,
  };
  for (const entry of entries) {
    const was = old.get(entry.id);
    if (!was || was.kind !== entry.kind) {
      result.added.push(entry.id);
      continue;
    }
    const changed = changedParams(was.params, entry.params);
    const component = componentsOf(catalog, entry.kind).get(entry.type);
    if (was.type !== entry.type || !Object.keys(changed).every((id) => isLive(component, id)))
      result.remade.push(entry.id);
    else if (Object.keys(changed).length > 0) result.live.push({ id: entry.id, params: changed });
    else result.kept.push(entry.id);
    if (was.upstream !== entry.upstream) result.rewired.push(entry.id);
    if (was.group !== entry.group) result.regrouped.push(entry.id);
    if (entry.bypass && !was.bypass) result.bypassed.push(entry.id);
    if (was.bypass && !entry.bypass) result.resumed.push(entry.id);
  }
  return result;
}

interface FlatEntry {
  kind: EntryKind;
  id: string;
  type: string;
  params: Params;
  upstream?: string;
  group?: string;
  bypass?: boolean;
}

function flatten({ source, stages, sinks }: Pipeline): FlatEntry[] {
  const upstream = upstreamResolver(stages);
  return [
    { kind: "source", ...source },
    ...stages.map((stage) => ({ kind: "stage" as const, ...stage, upstream: upstream(stage.from) })),
    ...sinks.map((sink) => ({ kind: "sink" as const, ...sink, upstream: upstream(sink.from) })),
  ];
}

function changedParams(before: Params, after: Params): Params {
  return Object.fromEntries(Object.entries(after).filter(([id, value]) => !same(before[id], value)));
}

/** The order of bands counts: it is the order of the features. */
function same(a: ParamValue | undefined, b: ParamValue): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function isLive(component: Component | undefined, id: string): boolean {
  return component?.params.find((param) => param.id === id)?.live === true;
}
