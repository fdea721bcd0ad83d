// SPDX-License-Identifier: Apache-2.0
//
// The box as everything above the runtime sees it: one pipeline at a time runs, and can be watched, edited and stopped.
// Handlers of the API and commands of the CLI translate to these calls and decide nothing themselves.
import type { Catalog, Params } from "../pipeline/catalog.ts";
import type { PatchAction } from "../pipeline/patch.ts";
import type { Pipeline } from "../pipeline/pipeline.ts";
import type { Problem } from "../pipeline/problem.ts";

/** What flows out of a node, fixed while it is active. */
export interface Format {
  port: "signal" | "spectrum" | "features";
  unit: string;
  channel_names: string[];
  /** Names of the values of each channel; features only. */
  value_names?: string[];
  /** Frames per second; 0: irregular. */
  rate_hz: number;
  channels: number;
  values: number;
  max_frames: number;
  /** Spectrum: distance of two bins. */
  bin_hz: number;
  /** Group delay of this node and all before it. */
  latency_s: number;
}

export type RunState = "stopped" | "running" | "ended" | "fault";

/** `GET /api/graph`. */
export interface GraphView {
  /** Goes up by one with every change; the ETag. */
  revision: number;
  name: string;
  state: RunState;
  source: { id: string; type: string; params: Params; format: Format };
  stages: {
    id: string;
    /** Stays the same for the life of the stage, through renames and edits around it. */
    stage_id: number;
    type: string;
    from: string;
    group: string;
    bypass: boolean;
    params: Params;
    /** Absent while bypassed. */
    format?: Format;
  }[];
  sinks: { id: string; type: string; from: string; params: Params; format: Format }[];
}

export interface PatchOptions {
  /** Check only; nothing changes. */
  dry_run?: boolean;
  /** Refuse (ConflictError) unless this is the revision now. */
  if_revision?: number;
  /** Who asked, for the journal. */
  by?: string;
}

export interface PatchResult {
  dry_run: boolean;
  /** After the change (dry run: as it would be). */
  graph: GraphView;
  /** Stages that lost their running state, since their input changed or they were made anew. */
  reset: string[];
}

export interface StageTelemetry {
  id: string;
  stage_id: number;
  type: string;
  blocks: number;
  frames: number;
  faults: number;
  p50_us: number;
  p99_us: number;
  max_us: number;
  total_ms: number;
  latency_ms: number;
}

export interface GroupTelemetry {
  name: string;
  blocks: number;
  /** Blocks whose computation took longer than they last. */
  overruns: number;
  /** Blocks that were not finished when the next one was there. */
  late: number;
  lost_frames: number;
  deadline_us: number;
  p50_us: number;
  p99_us: number;
  max_us: number;
  core: number;
  /** SCHED_FIFO was granted. */
  realtime: boolean;
}

export interface SinkTelemetry {
  id: string;
  type: string;
  frames: number;
  lost_frames: number;
  /** What the sink itself reports: file, bytes, clients, clipped ... */
  detail: Record<string, string | number | boolean>;
}

/** `GET /api/telemetry`. */
export interface Telemetry {
  revision: number;
  state: RunState;
  uptime_s: number;
  source: {
    blocks: number;
    frames: number;
    lost_frames: number;
    /** Times that it had nothing yet. */
    waits: number;
    drift_ppm: number;
    jitter_us: number;
    wake_p50_us: number;
    wake_p99_us: number;
    wake_max_us: number;
    realtime: boolean;
  };
  stages: StageTelemetry[];
  groups: GroupTelemetry[];
  sinks: SinkTelemetry[];
  /** Things an operator should know: "real-time scheduling was not granted: ...". */
  notes: string[];
}

/** What shows whether packets move; see progress.ts. */
export interface Pulse {
  state: RunState;
  /** Which start of a pipeline the counters are of. */
  run: number;
  /** How long it has run. */
  uptime_s: number;
  /** How long a packet of the source lasts. */
  packet_s: number;
  /** That have gone through the graph. */
  packets: number;
  /** Times that the source had nothing yet. */
  waits: number;
}

/** A place where packets can be had: the source, every stage, every stream sink. */
export interface StreamView {
  id: string;
  format: Format;
  clients: number;
}

/** One listener of a stream. `packet` holds an sb_packet (native/include/stagebox/packet.h) and is valid only during the call. */
export interface StreamListener {
  /** Called before the first packet, and again whenever the format changes. */
  onFormat(format: Format): void;
  onPacket(packet: Uint8Array): void;
  /** The stream is gone: its stage was removed, or the pipeline stopped. */
  onEnd(): void;
}

export interface Box {
  readonly catalog: Catalog;
  /** Undefined while nothing runs. */
  graph(): GraphView | undefined;
  /** The pipeline that runs now, with all edits. */
  pipeline(): Pipeline | undefined;
  /** Starts a pipeline in the place of what runs. Throws ProblemsError if it cannot run; then nothing has changed. */
  start(pipeline: Pipeline): Promise<GraphView>;
  stop(): Promise<void>;
  /** Throws ProblemsError (nothing changed), ConflictError, NotRunningError. */
  patch(actions: readonly PatchAction[], options?: PatchOptions): Promise<PatchResult>;
  /** Takes the last change back. Throws as patch does. */
  undo(options?: PatchOptions): Promise<PatchResult>;
  /** Sets a marker at the sample that is being acquired now. Throws BusyError, NotRunningError. */
  mark(label: string, duration_s?: number): void;
  telemetry(): Telemetry;
  /** A few counters of it, for those who ask often. */
  pulse(): Pulse;
  streams(): StreamView[];
  /** Listens to a stream by id; call the result to stop. Throws NotFoundError. */
  listen(stream: string, listener: StreamListener): Promise<() => void>;
}

/** The caller's picture of the graph is out of date (HTTP 412). */
export class ConflictError extends Error {
  constructor(
    readonly revision: number,
    asked: number,
  ) {
    super(`the graph is at revision ${revision}, not ${asked}: read it again and repeat the change`);
    this.name = "ConflictError";
  }
}

/** The call needs a running pipeline (HTTP 409). */
export class NotRunningError extends Error {
  constructor() {
    super("no pipeline is running: start one with POST /api/pipelines/NAME/start");
    this.name = "NotRunningError";
  }
}

/** The box has too much to do for this just now (HTTP 503). */
export class BusyError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "BusyError";
  }
}

/** Nothing has that name (HTTP 404). */
export class NotFoundError extends Error {
  constructor(
    message: string,
    readonly problems: readonly Problem[] = [],
  ) {
    super(message);
    this.name = "NotFoundError";
  }
}
