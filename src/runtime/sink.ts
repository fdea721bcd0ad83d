// SPDX-License-Identifier: Apache-2.0
import type { ComponentSpec, Params, Port } from "../pipeline/catalog.ts";
import type { Format } from "./box.ts";
import { openRecorder, recorderSpec } from "./recorder.ts";
import { streamSpec } from "./stream-hub.ts";

/** What takes packets out of the data plane. One sink lives as long as the format of its packets. */
export interface Sink {
  /** The packet is valid only during the call. */
  onPacket(packet: Uint8Array): void;
  /** Called some ten times a second. */
  tick(): void;
  /** What it has to say about itself, for telemetry. */
  detail(): Record<string, string | number | boolean>;
  close(): void;
}

/** What a sink may need to know about where it runs. */
export interface SinkContext {
  /** Name of the pipeline, for file names. */
  pipeline: string;
  recordings_folder: string;
  onOpened(detail: Record<string, string | number | boolean>): void;
  onClosed(detail: Record<string, string | number | boolean>): void;
}

export const sinkSpecs: (ComponentSpec & { accepts: readonly Port[] })[] = [recorderSpec, streamSpec];

/** Throws an Error with words if it cannot open, say, its file. */
export function openSink(type: string, id: string, params: Params, format: Format, context: SinkContext): Sink {
  if (type === "recorder") return openRecorder(id, params, format, context);
  /* A stream's packets go to whoever listens (stream-hub.ts); the sink itself only keeps the tap open. */
  return { onPacket() {}, tick() {}, detail: () => ({}), close() {} };
}
