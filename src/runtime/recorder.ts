// SPDX-License-Identifier: Apache-2.0
//
// The recorder: signal packets into a file, as they come. It writes whole seconds and makes them durable each second, so
// that a power cut costs at most the last one.
import { mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import { createRecording, type RecordingFormat } from "../formats/create.ts";
import type { RecordingWriter } from "../formats/recording.ts";
import { Packet } from "../native/packet.ts";
import type { ComponentSpec, Params, Port } from "../pipeline/catalog.ts";
import { version } from "../version.ts";
import type { Format } from "./box.ts";
import type { Sink, SinkContext } from "./sink.ts";

const SYNC_INTERVAL_MS = 500;

export const recorderSpec: ComponentSpec & { accepts: readonly Port[] } = {
  type: "recorder",
  name: "Recorder",
  category: "sink",
  description: "Writes the signal and its events to a file in the recordings folder, readable up to the last second whatever happens.",
  input: "signal",
  output: "none",
  accepts: ["signal"],
  params: [
    {
      id: "format",
      kind: "choice",
      choices: ["bdf", "edf", "csv", "wav"],
      default: "bdf",
      live: false,
      required: false,
      unit: "",
      description: "BDF+ (24 bit), EDF+ (16 bit), CSV or WAV (32-bit float).",
    },
    {
      id: "name",
      kind: "text",
      default: "",
      live: false,
      required: false,
      unit: "",
      description: "Begin of the file's name, before date and time; empty: the pipeline's name.",
    },
    {
      id: "range",
      kind: "number",
      default: 0,
      minimum: 0,
      maximum: 1e9,
      live: false,
      required: false,
      unit: "",
      description: "Largest value that BDF and EDF can hold, in the signal's unit; 0: what suits the unit.",
    },
  ],
};

/** `alpha-20261121-142501.bdf`; a number is added if it is taken. */
export function recordingName(stem: string, extension: string, at: Date, counter = 1): string {
  const time = at.toISOString().replace(/[-:]/g, "").replace("T", "-").slice(0, 15);
  const safe = stem.replace(/[^a-zA-Z0-9_-]+/g, "-").replace(/^-+|-+$/g, "") || "recording";
  return `${safe}-${time}${counter > 1 ? `-${counter}` : ""}.${extension}`;
}

export function openRecorder(id: string, params: Params, format: Format, context: SinkContext): Sink {
  mkdirSync(context.recordings_folder, { recursive: true });
  const extension = params.format as RecordingFormat;
  const start = new Date();
  const stem = String(params.name || context.pipeline);
  for (let counter = 1; ; counter++) {
    const path = join(context.recordings_folder, recordingName(stem, extension, start, counter));
    try {
      const writer = createRecording(path, extension, recordingInfo(format, start), rangeOption(params));
      return new Recorder(id, path, writer, format, context);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST" || counter > 1000) throw error;
    }
  }
}

function rangeOption(params: Params): { range?: number } {
  return Number(params.range) > 0 ? { range: Number(params.range) } : {};
}

export function recordingInfo(format: Format, start: Date) {
  return {
    rate_hz: format.rate_hz,
    channels: format.channel_names.map((name) => ({ name, unit: format.unit })),
    start,
    equipment: `Stagebox ${version}`,
  };
}

/** Writes one packet of a signal: its gap, its samples, its events. */
export function writePacket(writer: RecordingWriter, packet: Packet): void {
  if (packet.lost_before > 0) writer.gap(packet.lost_before);
  const first = writer.frames;
  writer.write(packet.data, packet.frames);
  if (packet.event_count === 0) return;
  for (const { frame, duration_s, label } of packet.events())
    writer.annotate({ onset_s: Math.max(0, first + frame) / packet.rate_hz, duration_s, text: label });
}

class Recorder implements Sink {
  #syncedAt = performance.now();
  #fault = "";

  constructor(
    private readonly id: string,
    private readonly path: string,
    private readonly writer: RecordingWriter,
    private readonly format: Format,
    private readonly context: SinkContext,
  ) {
    context.onOpened(this.detail());
  }

  /** A full disk stops the recording and keeps what is there; the pipeline goes on. */
  onPacket(bytes: Uint8Array): void {
    if (this.#fault) return;
    try {
      writePacket(this.writer, new Packet(bytes));
    } catch (error) {
      this.#fail(error);
    }
  }

  tick(): void {
    if (this.#fault || performance.now() - this.#syncedAt < SYNC_INTERVAL_MS) return;
    this.#syncedAt = performance.now();
    try {
      this.writer.sync();
    } catch (error) {
      this.#fail(error);
    }
  }

  detail() {
    return {
      id: this.id,
      file: basename(this.path),
      seconds: this.writer.frames / this.format.rate_hz,
      clipped: this.writer.clipped,
      invalid: this.writer.invalid,
      ...(this.#fault && { fault: this.#fault }),
    };
  }

  close(): void {
    try {
      this.writer.close();
    } catch (error) {
      this.#fail(error);
    }
    this.context.onClosed(this.detail());
  }

  #fail(error: unknown): void {
    if (this.#fault) return;
    this.#fault = `recording stopped: ${error instanceof Error ? error.message : error}`;
    console.error(`${this.path}: ${this.#fault}`);
  }
}
