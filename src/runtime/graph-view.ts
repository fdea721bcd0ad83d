// SPDX-License-Identifier: Apache-2.0
//
// A running graph as the API shows it.
import type { Node } from "../native/node.ts";
import type { GraphView, Pulse, RunState, SinkTelemetry, StageTelemetry, StreamView, Telemetry } from "./box.ts";
import type { Format } from "./format.ts";
import type { Graph, Prepared } from "./graph.ts";
import { StreamHub } from "./stream-hub.ts";

/** The graph as it is, or as it would be with a prepared version in place. */
export function graphView(graph: Graph, revision: number, state: RunState, prepared?: Prepared): GraphView {
  const { name, source, stages, sinks } = prepared?.pipeline ?? graph.pipeline;
  const upstreams = new Map((prepared?.plan ?? graph.plan).sinks.map(({ id, upstream }) => [id, upstream]));
  const stageIds = graph.stageIds(prepared);
  const formatOf = (id: string) => graph.node(id, prepared)?.format;
  return {
    revision,
    name,
    state,
    source: { ...source, format: formatOf(source.id) as Format },
    stages: stages.map((stage) => {
      const format = formatOf(stage.id);
      return { ...stage, stage_id: stageIds.get(stage.id) ?? -1, ...(format && { format }) };
    }),
    sinks: sinks.flatMap((sink) => {
      const format = formatOf(upstreams.get(sink.id) ?? sink.from);
      return format ? [{ ...sink, format }] : []; // what it listens to belongs to a plugin that is not there
    }),
  };
}

/** Sinks of type stream, and every source and stage that runs. */
export function streamViews(graph: Graph): StreamView[] {
  const { source, stages } = graph.pipeline;
  const declared = [...graph.outlets.values()].filter(({ entry, sink }) => entry.declared && sink instanceof StreamHub);
  const names = new Set(declared.map(({ entry }) => entry.id));
  const nodes = [source, ...stages].filter(({ id }) => !names.has(id));
  return [
    ...declared.map(({ entry, format, sink }) => ({ id: entry.id, format, clients: (sink as StreamHub).clients })),
    ...nodes.flatMap(({ id }) => {
      const node = graph.node(id);
      const sink = graph.outlets.get(id)?.sink;
      return node ? [{ id, format: node.format, clients: sink instanceof StreamHub ? sink.clients : 0 }] : [];
    }),
  ];
}

export function telemetryOf(
  graph: Graph | undefined,
  { revision, state, uptime_s }: { revision: number; state: RunState; uptime_s: number },
): Telemetry {
  if (!graph) return { revision, state, uptime_s, source: IDLE_SOURCE, stages: [], groups: [], sinks: [], notes: [] };
  const { start_ns: _, ...source } = graph.session.stats();
  const groups = graph.session.groups();
  const stageIds = graph.stageIds();
  const stages = graph.pipeline.stages.flatMap(({ id, type }) => {
    const node = graph.node(id);
    return node ? [stageTelemetry(node, id, type, stageIds.get(id) ?? -1)] : [];
  });
  return {
    revision,
    state,
    uptime_s,
    source,
    stages,
    groups,
    sinks: sinkTelemetry(graph),
    notes: notesOf(graph, source),
  };
}

export function pulseOf(graph: Graph | undefined): Pick<Pulse, "packet_s" | "packets" | "waits"> {
  if (!graph) return { packet_s: 0, packets: 0, waits: 0 };
  const { node, block_frames, speed } = graph.source;
  const { blocks, waits } = graph.session.stats();
  const groups = graph.session.groups();
  return {
    packet_s: speed > 0 ? block_frames / node.format.rate_hz / speed : 0,
    packets: groups.length > 0 ? groups.reduce((sum, group) => sum + group.blocks, 0) : blocks,
    waits,
  };
}

const IDLE_SOURCE: Telemetry["source"] = {
  blocks: 0,
  frames: 0,
  lost_frames: 0,
  waits: 0,
  drift_ppm: 0,
  jitter_us: 0,
  wake_p50_us: 0,
  wake_p99_us: 0,
  wake_max_us: 0,
  realtime: false,
};

function stageTelemetry(node: Node, id: string, type: string, stage_id: number): StageTelemetry {
  const stats = node.stats();
  return {
    id,
    stage_id,
    type,
    blocks: stats.blocks,
    frames: stats.frames,
    faults: stats.faults,
    p50_us: stats.p50_ns / 1e3,
    p99_us: stats.p99_ns / 1e3,
    max_us: stats.max_ns / 1e3,
    total_ms: stats.total_ns / 1e6,
    latency_ms: node.format.latency_s * 1e3,
  };
}

function sinkTelemetry(graph: Graph): SinkTelemetry[] {
  const outlets = [...graph.outlets.values()]
    .filter(({ entry }) => entry.declared)
    .map(({ entry, frames, lost_frames, sink }) => ({
      id: entry.id,
      type: entry.type,
      frames,
      lost_frames,
      detail: sink.detail(),
    }));
  const groups = new Map(graph.session.groups().map((group) => [group.name, group]));
  const native = graph.plan.nodes.flatMap(({ id, type, group, sink }) => {
    const stats = sink && graph.node(id)?.stats();
    if (!stats) return [];
    const { frames, blocks, faults, p50_ns, p99_ns, max_ns } = stats;
    const detail = { blocks, faults, p50_us: p50_ns / 1e3, p99_us: p99_ns / 1e3, max_us: max_ns / 1e3 };
    return [{ id, type, frames, lost_frames: groups.get(group)?.lost_frames ?? 0, detail }];
  });
  return [...outlets, ...native];
}

function notesOf(graph: Graph, source: Telemetry["source"]): string[] {
  const paced = graph.source.speed > 0;
  const notes = [...graph.source.notices];
  for (const [id, { sink }] of graph.outlets) {
    const { file, fault } = sink.detail();
    if (fault) notes.push(`${id}, ${file}: ${fault}`);
  }
  if (paced && source.blocks > 0 && !source.realtime)
    notes.push(
      "real-time scheduling (SCHED_FIFO) was not granted: threads run at ordinary priority; start as root, or grant CAP_SYS_NICE or LimitRTPRIO=50",
    );
  return notes;
}
