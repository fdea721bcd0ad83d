// SPDX-License-Identifier: Apache-2.0
//
// A plan is what the runtime builds: bypassed stages are gone, stages are gathered into groups, and each group has the
// one producer outside that its ring comes from.
import type { Params } from "./catalog.ts";
import { findGroups } from "./groups.ts";
import type { Pipeline, SourceEntry, StageEntry } from "./pipeline.ts";

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
  /** Group of the node it listens to; absent if it listens to the source. */
  group?: string;
}

export function compile({ block_frames, cores, source, stages, sinks }: Pipeline): Plan {
  const upstream = upstreamResolver(stages);
  const nodes = stages
    .filter((stage) => !stage.bypass)
    .map(({ id, type, params, from, group }) => ({ id, type, params, upstream: upstream(from), group }));
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
    sinks: sinks.map(({ id, type, params, from }) => {
      const producer = upstream(from);
      const group = groupOf.get(producer);
      return { id, type, params, upstream: producer, ...(group !== undefined && { group }) };
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
