// SPDX-License-Identifier: Apache-2.0
//
// What a live edit changes: which instances live on, which only get new numbers, and which must be made anew. Only the
// pipelines are compared, not how one became the other: what a runtime can keep, it keeps.
import type { Catalog, Params, ParamValue } from "./catalog.ts";
import { componentsOf, type EntryKind } from "./entry.ts";
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
  const old = new Map(flatten(before).map((entry) => [entry.id, entry]));
  const oldIds = new Map([...renamed].map(([from, to]) => [to, from]));
  const oldId = (id: string) => oldIds.get(id) ?? (renamed.has(id) ? undefined : id);
  const result: Difference = {
    kept: [],
    live: [],
    remade: [],
    added: [],
    removed: [],
    renamed: new Map(),
    rewired: [],
    bypassed: [],
    resumed: [],
    regrouped: [],
    block_frames: before.block_frames !== after.block_frames,
  };
  for (const entry of flatten(after)) {
    const was = old.get(oldId(entry.id) ?? "");
    if (was?.kind !== entry.kind) {
      result.added.push(entry.id);
      continue;
    }
    old.delete(was.id);
    const changed = changedParams(was.params, entry.params);
    if (was.type !== entry.type || !changed.every((id) => isLive(catalog, entry, id))) result.remade.push(entry.id);
    else if (changed.length > 0) result.live.push({ id: entry.id, params: pick(entry.params, changed) });
    else result.kept.push(entry.id);
    if (was.id !== entry.id) result.renamed.set(was.id, entry.id);
    if (was.upstream !== (entry.upstream && oldId(entry.upstream))) result.rewired.push(entry.id);
    if (was.group !== entry.group) result.regrouped.push(entry.id);
    if (entry.bypass && !was.bypass) result.bypassed.push(entry.id);
    if (was.bypass && !entry.bypass) result.resumed.push(entry.id);
  }
  result.removed.push(...old.keys());
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

function changedParams(before: Params, after: Params): string[] {
  return Object.keys({ ...before, ...after }).filter((id) => !same(before[id], after[id]));
}

/** The order of bands counts: it is the order of the features. */
function same(a: ParamValue | undefined, b: ParamValue | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Whether an instance can take the entry's value as it runs. */
function isLive(catalog: Catalog, { kind, type, params }: FlatEntry, id: string): boolean {
  const spec = componentsOf(catalog, kind)
    .get(type)
    ?.params.find((param) => param.id === id);
  return spec?.live === true && params[id] !== undefined;
}

function pick(params: Params, ids: readonly string[]): Params {
  return Object.fromEntries(Object.entries(params).filter(([id]) => ids.includes(id)));
}
