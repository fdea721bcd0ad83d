// SPDX-License-Identifier: Apache-2.0
// Reader for WAVE: PCM of 16, 24 and 32 bits, 32-bit float, plain or extensible, RIFF or RF64.
import { selectChannels, tidyName, tidyUnit, uniqueNames } from "./channel-names.ts";
import { type FileWindow, openWindow } from "./file-window.ts";
import { readEnd } from "./read-end.ts";
import type { Annotation, Channel, ReaderOptions, RecordingReader } from "./recording.ts";
import { refuse } from "./refuse.ts";
import { FULL_SCALE } from "./voltage.ts";
import { readWavHeader, type WavComment, type WavHeader } from "./wav-header.ts";

const WINDOW_BYTES = 262144;

export function openWav(path: string, options: ReaderOptions = {}): RecordingReader {
  return openWindow(path, (file) => new WavReader(file, options));
}

class WavReader implements RecordingReader {
  readonly format = "WAV";
  readonly rate_hz: number;
  readonly channels: readonly Channel[];
  readonly frames: number;
  readonly start?: Date;
  readonly annotations: readonly Annotation[];
  readonly gaps = [];
  readonly notices: string[] = [];
  readonly #file: FileWindow;
  readonly #header: WavHeader;
  readonly #frame_bytes: number;
  /** Channels read: which of the file's, and the physical value of one unit of the file. */
  readonly #picks: { index: number; gain: number }[];

  constructor(file: FileWindow, options: ReaderOptions) {
    this.#file = file;
    if (file.size < 12) refuse(file.path, `is cut off inside its header (${file.size} bytes)`);
    const header = readWavHeader(file);
    this.#header = header;
    this.#frame_bytes = header.channels * header.sample_bytes;
    const comment = parseComment(header);
    const channels =
      comment?.channels ??
      Array.from({ length: header.channels }, (_, i) => ({ name: `ch${i + 1}`, unit: FULL_SCALE }));
    const chosen = selectChannels(file.path, channels, options.channels);
    const full = header.coding === "float" ? 1 : 2 ** (8 * header.sample_bytes - 1);
    this.#picks = chosen.map((index) => ({
      index,
      gain: (header.coding === "float" ? 1 : fullScale(channels[index])) / full,
    }));
    this.channels = chosen.map((index) => ({
      name: channels[index]?.name ?? "",
      unit: channels[index]?.unit ?? FULL_SCALE,
    }));
    this.rate_hz = comment?.rate_hz ?? header.rate_hz;
    if (header.start) this.start = header.start;
    this.annotations = header.cues
      .map(({ frame, text }) => ({ onset_s: frame / this.rate_hz, duration_s: 0, text }))
      .sort((a, b) => a.onset_s - b.onset_s);

    const there = Math.max(0, file.size - header.data_position);
    if (header.data_bytes > there)
      this.notices.push(`the header claims ${header.data_bytes} bytes of data, the file holds ${there}; reading those`);
    this.frames = Math.floor(Math.min(header.data_bytes, there) / this.#frame_bytes);
    file.resize(Math.max(WINDOW_BYTES, this.#frame_bytes));
  }

  read(start: number, frames: number, out: Float32Array): number {
    const stride = this.channels.length;
    const end = readEnd(this, start, frames, out);
    const most = Math.floor(this.#file.window_bytes / this.#frame_bytes);
    let frame = start;
    while (frame < end) {
      const count = Math.min(end - frame, most);
      const bytes = this.#file.view(this.#header.data_position + frame * this.#frame_bytes, count * this.#frame_bytes);
      if (bytes.length < count * this.#frame_bytes) break;
      this.#decode(bytes, count, out.subarray((frame - start) * stride));
      frame += count;
    }
    return frame - start;
  }

  close(): void {
    this.#file.close();
  }

  #decode(bytes: Uint8Array, frames: number, out: Float32Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const { coding, sample_bytes } = this.#header;
    const stride = this.#picks.length;
    for (const [channel, { index, gain }] of this.#picks.entries()) {
      let at = index * sample_bytes;
      for (let i = channel; i < frames * stride; i += stride, at += this.#frame_bytes) {
        if (coding === "float") out[i] = view.getFloat32(at, true);
        else if (sample_bytes === 2) out[i] = view.getInt16(at, true) * gain;
        else if (sample_bytes === 3)
          out[i] = (((view.getUint16(at, true) << 8) | (view.getInt8(at + 2) << 24)) * gain) / 256;
        else out[i] = view.getInt32(at, true) * gain;
      }
    }
  }
}

/** Physical value of the file's full scale: audio without more information goes from -1 to 1. */
function fullScale(channel: (Channel & { max?: number }) | undefined): number {
  return channel?.max ?? 1;
}

/** What our own writer left; anything else in its place is somebody's remark. */
function parseComment(header: WavHeader): WavComment | undefined {
  try {
    const { channels, rate_hz } = JSON.parse(header.comment ?? "") as WavComment;
    const good = (c: WavComment["channels"][number]) =>
      typeof c.name === "string" &&
      typeof c.unit === "string" &&
      (c.max === undefined || (Number.isFinite(c.max) && c.max > 0));
    if (channels.length !== header.channels || !channels.every(good) || Math.round(rate_hz) !== header.rate_hz)
      return undefined;
    const names = uniqueNames(channels.map(({ name }, i) => tidyName(name, i)));
    return { rate_hz, channels: channels.map((c, i) => ({ ...c, name: names[i] as string, unit: tidyUnit(c.unit) })) };
  } catch {
    return undefined;
  }
}
