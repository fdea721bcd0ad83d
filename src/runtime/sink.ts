// SPDX-License-Identifier: Apache-2.0
import type { Params, SinkSpec } from "../pipeline/catalog.ts";
import type { Format } from "./box.ts";
import { Recorder, recorderSpec } from "./recorder.ts";
import { StreamHub, streamSpec } from "./stream-hub.ts";

/** What takes packets out of the data plane: a file being written, listeners on the network. */
export interface Sink {
  /** The packet is valid only during the call. */
  onPacket(packet: Uint8Array): void;
  /** From the next packet on the format is another. */
  onFormat(format: Format): void;
  /** Called some ten times a second. */
  tick(): void;
  /** What it has to say about itself, for telemetry. */
  detail(): SinkDetail;
  close(): void;
}

export type SinkDetail = Record<string, string | number | boolean>;

/** What a sink may need to know about where it runs. */
export interface SinkContext {
  /** Name of the pipeline, for file names. */
  pipeline: string;
  recordings_folder: string;
  onOpened(sink: string, detail: SinkDetail): void;
  onClosed(sink: string, detail: SinkDetail): void;
  /** Nothing more is written; `detail.fault` says why. */
  onFailed(sink: string, detail: SinkDetail): void;
}

export const sinkSpecs: readonly SinkSpec[] = [recorderSpec, streamSpec];

/** Throws an Error with words if the sink cannot open, say, its file. */
export type OpenSink = (entry: { id: string; type: string; params: Params }, format: Format) => Sink;

/** Opens sinks for a pipeline that runs live. */
export function liveSinks(context: SinkContext): OpenSink {
  return ({ id, type, params }, format) =>
    type === "recorder" ? new Recorder(id, params, format, context) : new StreamHub(format);
}
