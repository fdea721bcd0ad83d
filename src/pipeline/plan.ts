// SPDX-License-Identifier: Apache-2.0
//
// A plan is what the runtime builds: bypassed stages are gone, stages are gathered into groups, and each group has the
// one producer outside that its ring comes from. A native sink is a node that nobody listens to, in a group of its own:
// however long it takes, it delays nobody.
import type { Catalog, Params } from "./catalog.ts";
import { findGroups } from "./groups.ts";
import type { Pipeline, SinkEntry, SourceEntry, StageEntry } from "./pipeline.ts";

export interface Plan {
  block_frames: number;
  source: SourceEntry;
  /** In an order in which each node's upstream stands before it. */
  nodes: PlanNode[];
  /** In an order in which the group of each entry stands before it. */
  groups: PlanGroup[];
  sinks: PlanSink[];
}

export interface PlanNode {
  id: string;
  type: string;
  params: Params;
  /** Id of the source or node whose output it really takes. */
  upstream: string;
  group: string;
  /** A native sink: nothing comes after it. */
  sink?: boolean;
}

export interface PlanGroup {
  name: string;
  /** Id of the source, or of a node of another group, that feeds every node whose upstream is not in this group. */
  entry: string;
  nodes: PlanNode[];
  /** The core its thread stays on; -1: any. */
  core: number;
}

export interface PlanSink extends SourceEntry {
  upstream: string;
  /** Group of the node it listens to; absent if it listens to the source. A native sink's own. */
  group?: string;
  /** It is among the nodes, and needs no outlet. */
  native?: boolean;
}

export function compile({ block_frames, cores, source, stages, sinks }: Pipeline, catalog: Catalog): Plan {
  const upstream = upstreamResolver(stages);
  const isNative = ({ type }: SinkEntry) => catalog.sinks.get(type)?.native === true;
  const nodes: PlanNode[] = [
    ...stages
      .filter((stage) => !stage.bypass)
      .map(({ id, type, params, from, group }) => ({ id, type, params, upstream: upstream(from), group })),
    ...sinks.filter(isNative).map(({ id, type, params, from }) => ({
      id,
      type,
      params,
      upstream: upstream(from),
      group: `sink:${id}`,
      sink: true,
    })),
  ];
  const { entries } = findGroups(nodes.map((node) => ({ ...node, from: node.upstream })));
  const groupOf = new Map(nodes.map((node) => [node.id, node.group]));
  return {
    block_frames,
    source,
    nodes,
    groups: [...entries].map(([name, entry]) => ({
      name,
      entry,
      nodes: nodes.filter((node) => node.group === name),
      core: (Object.hasOwn(cores, name) ? cores[name] : undefined) ?? -1,
    })),
    sinks: sinks.map((sink) => {
      const { id, type, params } = sink;
      const native = isNative(sink);
      const producer = upstream(sink.from);
      const group = groupOf.get(native ? id : producer);
      return { id, type, params, upstream: producer, ...(group !== undefined && { group }), ...(native && { native }) };
    }),
  };
}

/** Leads from an entry's `from` past the bypassed stages to the producer that it really listens to. */
export function upstreamResolver(stages: readonly StageEntry[]): (from: string) => string {
  const passed = new Map(stages.filter((stage) => stage.bypass).map((stage) => [stage.id, stage.from]));
  return (from) => {
    let producer = from;
    for (let next = passed.get(producer); next !== undefined; next = passed.get(producer)) producer = next;
    return producer;
  };
}
