// SPDX-License-Identifier: Apache-2.0
//
// The recorder: signal packets into a file, as they come. It writes whole seconds and makes each durable as soon as it is
// whole, so that a power cut costs at most the last one.
import { existsSync, mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import { createRecording, RECORDING_FORMATS, type RecordingFormat } from "../formats/create.ts";
import type { RecordingWriter } from "../formats/recording.ts";
import { Packet } from "../native/packet.ts";
import type { Params, SinkSpec } from "../pipeline/catalog.ts";
import { messageOf } from "../pipeline/problem.ts";
import { version } from "../version.ts";
import type { Format } from "./box.ts";
import { LateRuns } from "./late-runs.ts";
import type { Sink, SinkContext, SinkDetail } from "./sink.ts";

/** What is played faster than it was recorded would otherwise keep the card busy. */
const LEAST_SYNC_INTERVAL_MS = 500;
/** A file's name has at most 255 bytes. */
const STEM_CHARS = 100;

export const recorderSpec: SinkSpec = {
  type: "recorder",
  name: "Recorder",
  category: "sink",
  description:
    "Writes the signal and its events to a file in the recordings folder, readable up to the last second whatever happens.",
  input: "signal",
  output: "none",
  accepts: ["signal"],
  params: [
    {
      id: "format",
      kind: "choice",
      choices: [...RECORDING_FORMATS],
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
  const safe =
    stem
      .slice(0, STEM_CHARS)
      .replace(/[^a-zA-Z0-9_-]+/g, "-")
      .replace(/^-+|-+$/g, "") || "recording";
  return `${safe}-${time}${counter > 1 ? `-${counter}` : ""}.${extension}`;
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

const annotateLate = (writer: RecordingWriter) => (onset_s: number, duration_s: number) =>
  writer.annotate({ onset_s, duration_s, text: "output replaced: a plugin was late or gone" });

/** Opens a file that is not there yet. */
function createFile(params: Params, format: Format, context: SinkContext): { path: string; writer: RecordingWriter } {
  mkdirSync(context.recordings_folder, { recursive: true });
  const start = new Date();
  const extension = params.format as RecordingFormat;
  const stem = String(params.name || context.pipeline);
  for (let counter = 1; ; counter++) {
    const path = join(context.recordings_folder, recordingName(stem, extension, start, counter));
    if (existsSync(path)) continue;
    return {
      path,
      writer: createRecording(extension, path, recordingInfo(format, start), rangeOption(params, format)),
    };
  }
}

function rangeOption({ range }: Params, { channel_names }: Format) {
  const limit = Number(range);
  if (!(limit > 0)) return {};
  return { range: Object.fromEntries(channel_names.map((name) => [name, { min: -limit, max: limit }])) };
}

/** A full disk stops the recording and keeps what is there; the pipeline goes on. */
export class Recorder implements Sink {
  #path = "";
  #writer: RecordingWriter | undefined;
  /** The writer may be written to; afterwards it only says how much it wrote. */
  #isOpen = false;
  #syncedAt = 0;
  #syncedSeconds = 0;
  #fault = "";
  #late = new LateRuns();

  /** Throws if the file cannot be made. */
  constructor(
    private readonly id: string,
    private readonly params: Params,
    private format: Format,
    private readonly context: SinkContext,
  ) {
    this.#open();
  }

  onPacket(bytes: Uint8Array): void {
    this.#attempt((writer) => {
      const packet = new Packet(bytes);
      this.#late.add(packet, writer.frames + packet.lost_before, annotateLate(writer));
      writePacket(writer, packet);
    });
  }

  /** A file has one format: the recording goes on in a new one. */
  onFormat(format: Format): void {
    this.close();
    this.format = format;
    this.#fault = "";
    try {
      this.#open();
    } catch (error) {
      this.#fail(error);
    }
  }

  tick(): void {
    const seconds = Math.floor(this.#seconds);
    if (seconds === this.#syncedSeconds || performance.now() - this.#syncedAt < LEAST_SYNC_INTERVAL_MS) return;
    this.#syncedSeconds = seconds;
    this.#syncedAt = performance.now();
    this.#attempt((writer) => writer.sync());
  }

  detail(): SinkDetail {
    return {
      file: basename(this.#path),
      open: this.#isOpen,
      seconds: this.#seconds,
      clipped: this.#writer?.clipped ?? 0,
      invalid: this.#writer?.invalid ?? 0,
      ...(this.#fault && { fault: this.#fault }),
    };
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#attempt((writer) => {
      this.#late.end(this.format.rate_hz, annotateLate(writer));
      writer.close();
    });
    this.#isOpen = false;
    this.context.onClosed(this.id, this.detail());
  }

  get #seconds(): number {
    return (this.#writer?.frames ?? 0) / this.format.rate_hz;
  }

  #open(): void {
    const { path, writer } = createFile(this.params, this.format, this.context);
    this.#path = path;
    this.#writer = writer;
    this.#syncedSeconds = 0;
    this.#isOpen = true;
    this.#fault = "";
    this.context.onOpened(this.id, this.detail());
  }

  #attempt(write: (writer: RecordingWriter) => void): void {
    if (!this.#isOpen || !this.#writer) return;
    try {
      write(this.#writer);
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#fault = `recording stopped: ${messageOf(error)}`;
    this.context.onFailed(this.id, this.detail());
    if (!this.#isOpen) return;
    this.#isOpen = false;
    try {
      this.#writer?.close(); // what cannot be written any more is lost, the file itself is given back
    } catch {}
    this.context.onClosed(this.id, this.detail());
  }
}
