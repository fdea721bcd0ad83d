// SPDX-License-Identifier: Apache-2.0
//
// A box without an engine: pipelines are really validated and patched, packets come when a test sends them.
import { applyPatch } from "../../src/pipeline/apply.ts";
import type { PatchAction } from "../../src/pipeline/patch.ts";
import type { Pipeline } from "../../src/pipeline/pipeline.ts";
import {
  type Box,
  ConflictError,
  type Format,
  type GraphView,
  NotFoundError,
  NotRunningError,
  type PatchOptions,
  type PatchResult,
  type Pulse,
  type StreamListener,
  type StreamView,
  type Telemetry,
} from "../../src/runtime/box.ts";
import type { EventBus } from "../../src/runtime/events.ts";
import { catalog } from "../pipeline/catalog.fixture.ts";

export const FORMAT: Format = {
  port: "signal",
  unit: "uV",
  channel_names: ["O1", "O2", "Pz"],
  rate_hz: 250,
  channels: 3,
  values: 1,
  max_frames: 64,
  bin_hz: 0,
  latency_s: 0,
};

export class FakeBox implements Box {
  readonly catalog = catalog;
  readonly marks: { label: string; duration_s: number }[] = [];
  /** Who asked for the latest patch. */
  by: string | undefined;
  state: GraphView["state"] = "running";
  packets = 7;
  #history: Pipeline[] = [];
  #revision = 0;
  #listeners = new Map<StreamListener, string>();

  constructor(private readonly events: EventBus) {}

  graph(): GraphView | undefined {
    const pipeline = this.pipeline();
    return pipeline && view(pipeline, this.#revision, this.state);
  }

  pipeline(): Pipeline | undefined {
    return this.#history.at(-1);
  }

  async start(pipeline: Pipeline): Promise<GraphView> {
    this.#history = [pipeline];
    this.#revision++;
    this.events.publish("PipelineStarted", { name: pipeline.name });
    return view(pipeline, this.#revision, this.state);
  }

  async stop(): Promise<void> {
    this.#history = [];
    for (const listener of this.#listeners.keys()) listener.onEnd();
    this.events.publish("PipelineStopped");
  }

  async patch(actions: readonly PatchAction[], options: PatchOptions = {}): Promise<PatchResult> {
    const { pipeline } = applyPatch(this.#current(options), actions, catalog);
    return this.#take([...this.#history, pipeline], options);
  }

  async undo(options: PatchOptions = {}): Promise<PatchResult> {
    this.#current(options);
    if (this.#history.length < 2) throw new NotRunningError();
    return this.#take(this.#history.slice(0, -1), options);
  }

  mark(label: string, duration_s = 0): void {
    this.marks.push({ label, duration_s });
    this.events.publish("Marker", { label, duration_s });
  }

  telemetry(): Telemetry {
    const times = { p50_us: 10, p99_us: 20, max_us: 30 };
    return {
      revision: this.#revision,
      state: this.pipeline() ? this.state : "stopped",
      uptime_s: 1.5,
      source: {
        ...{ blocks: 7, frames: 224, lost_frames: 0, waits: 0, drift_ppm: 1.2, jitter_us: 3 },
        ...{ wake_p50_us: 1, wake_p99_us: 2, wake_max_us: 3, realtime: true },
      },
      stages: (this.pipeline()?.stages ?? []).map(({ id, type }, index) => ({
        ...{ id, type, stage_id: index + 1, blocks: 7, frames: 224, faults: 0, total_ms: 1, latency_ms: 4 },
        ...times,
      })),
      groups: [
        {
          ...{ name: 'ma"in', blocks: 7, overruns: 0, late: 0, lost_frames: 0, deadline_us: 8000, core: -1 },
          ...{ realtime: false, ...times },
        },
      ],
      sinks: [{ id: "rec", type: "recorder", frames: 224, lost_frames: 0, detail: { file: "a.bdf" } }],
      notes: ["real-time scheduling was not granted"],
    };
  }

  pulse(): Pulse {
    const state = this.pipeline() ? this.state : "stopped";
    return { state, run: 1, uptime_s: 1.5, packet_s: 0.008, packets: this.packets, waits: 0 };
  }

  streams(): StreamView[] {
    const pipeline = this.pipeline();
    if (!pipeline) return [];
    const clients = (id: string) => [...this.#listeners.values()].filter((stream) => stream === id).length;
    return [pipeline.source, ...pipeline.stages].map(({ id }) => ({ id, format: FORMAT, clients: clients(id) }));
  }

  async listen(stream: string, listener: StreamListener): Promise<() => void> {
    if (!this.streams().some(({ id }) => id === stream)) throw new NotFoundError(`no stream ${stream}`);
    this.#listeners.set(listener, stream);
    listener.onFormat(FORMAT);
    return () => this.#listeners.delete(listener);
  }

  /** Gives a packet to all who listen to the stream. */
  send(stream: string, packet: Uint8Array): void {
    for (const [listener, id] of this.#listeners) if (id === stream) listener.onPacket(packet);
  }

  #current({ if_revision, by }: PatchOptions): Pipeline {
    const pipeline = this.pipeline();
    if (!pipeline) throw new NotRunningError();
    if (if_revision !== undefined && if_revision !== this.#revision)
      throw new ConflictError(this.#revision, if_revision);
    this.by = by;
    return pipeline;
  }

  #take(history: Pipeline[], { dry_run = false }: PatchOptions): PatchResult {
    const graph = view(history.at(-1) as Pipeline, this.#revision + 1, this.state);
    if (!dry_run) {
      this.#history = history;
      this.#revision++;
    }
    return { dry_run, graph, reset: [] };
  }
}

function view({ name, source, stages, sinks }: Pipeline, revision: number, state: GraphView["state"]): GraphView {
  return {
    ...{ revision, name, state },
    source: { ...source, format: FORMAT },
    stages: stages.map((stage, index) => ({ ...stage, stage_id: index + 1, format: FORMAT })),
    sinks: sinks.map((sink) => ({ ...sink, format: FORMAT })),
  };
}
