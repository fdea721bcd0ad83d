// SPDX-License-Identifier: Apache-2.0
// Writer for WAVE: 32-bit float in physical units, or PCM scaled to a range. The sizes in the header are patched at
// every sync, so the file can be read at any time; past 4 GiB it becomes RF64. Annotations are kept until `close`,
// which writes them as cue points behind the samples.
import { closeSync, fdatasyncSync } from "node:fs";
import { createFile, writeFully } from "./file-writing.ts";
import { gapAnnotation } from "./gap.ts";
import type { Annotation, Channel, Range, RecordingInfo, RecordingWriter } from "./recording.ts";
import { refuse } from "./refuse.ts";
import { EXTENSIBLE, FLOAT, PCM, type WavComment } from "./wav-header.ts";

export interface WavOptions {
  /** 32 is float. */
  bits?: 16 | 24 | 32;
  /** PCM's full scale by channel name, from -max to max; `+-187500 uV` for volts, else `+-1`, if absent. */
  range?: Readonly<Record<string, Range>>;
}

const DEFAULT_MAX: Readonly<Record<string, number>> = { nV: 187.5e6, uV: 187500, mV: 187.5, V: 0.1875 };
const MAX_ANNOTATIONS = 100_000;
const BUFFER_BYTES = 65536;

export function createWavWriter(path: string, info: RecordingInfo, options: WavOptions = {}): RecordingWriter {
  return new WavWriter(path, info, options);
}

class WavWriter implements RecordingWriter {
  clipped = 0;
  invalid = 0;
  frames = 0;
  readonly #fd: number;
  readonly #rate_hz: number;
  readonly #bits: 16 | 24 | 32;
  /** File units in a physical unit, by channel. */
  readonly #scales: number[];
  readonly #frame_bytes: number;
  readonly #data_position: number;
  readonly #buffer: Uint8Array;
  readonly #view: DataView;
  readonly #annotations: Annotation[] = [];
  #buffered = 0;
  #written = 0;

  constructor(path: string, info: RecordingInfo, options: WavOptions) {
    const { channels, rate_hz } = info;
    this.#bits = options.bits ?? 32;
    if (channels.length === 0 || channels.length > 0xffff)
      refuse(path, `WAV holds 1 to 65535 channels, not ${channels.length}`);
    if (!(rate_hz >= 0.5 && rate_hz <= 1e6)) refuse(path, `WAV cannot say ${rate_hz} Hz; choose another format`);
    const maxima = channels.map((channel) => fullScale(path, channel, options));
    this.#scales = maxima.map((max) => (this.#bits === 32 ? 1 : 2 ** (this.#bits - 1) / max));
    this.#rate_hz = rate_hz;
    this.#frame_bytes = (channels.length * this.#bits) / 8;
    this.#buffer = new Uint8Array(Math.max(1, Math.floor(BUFFER_BYTES / this.#frame_bytes)) * this.#frame_bytes);
    this.#view = new DataView(this.#buffer.buffer);
    const comment: WavComment = {
      rate_hz,
      channels: channels.map(({ name, unit }, i) => ({
        name,
        unit,
        ...(this.#bits !== 32 && { max: maxima[i] as number }),
      })),
    };
    const header = formatHeader(info, this.#bits, comment);
    this.#data_position = header.length;
    this.#fd = createFile(path, header);
  }

  write(samples: Float32Array, frames: number): void {
    const stride = this.#scales.length;
    for (let frame = 0; frame < frames; frame++) {
      if (this.#buffered === this.#buffer.length) this.#flush();
      for (let channel = 0; channel < stride; channel++)
        this.#put(samples[frame * stride + channel] as number, channel);
    }
    this.frames += frames;
  }

  annotate(annotation: Annotation): void {
    if (this.#annotations.length < MAX_ANNOTATIONS) this.#annotations.push(annotation);
  }

  gap(lost: number): void {
    if (lost === 0) return;
    this.annotate(gapAnnotation(lost, this.frames, this.#rate_hz));
    const zeros = new Float32Array(this.#scales.length * Math.min(lost, 1024));
    for (let left = lost; left > 0; left -= 1024) this.write(zeros, Math.min(left, 1024));
  }

  sync(): void {
    this.#flush();
    this.#patchSizes(this.#data_position + this.#written);
    fdatasyncSync(this.#fd);
  }

  close(): void {
    try {
      this.#flush();
      const end = this.#data_position + this.#written;
      const tail = formatCues(this.#annotations, this.#rate_hz, this.#written % 2);
      writeFully(this.#fd, tail, end);
      this.#patchSizes(end + tail.length);
      fdatasyncSync(this.#fd);
    } finally {
      closeSync(this.#fd);
    }
  }

  #put(value: number, channel: number): void {
    const at = this.#buffered;
    if (this.#bits === 32) this.#view.setFloat32(at, value, true);
    else {
      const limit = 2 ** (this.#bits - 1) - 1;
      let digital = Math.floor(value * (this.#scales[channel] as number) + 0.5);
      if (Number.isNaN(digital)) {
        this.invalid++;
        digital = 0;
      } else if (digital > limit || digital < -limit - 1) {
        this.clipped++;
        digital = digital < 0 ? -limit - 1 : limit;
      }
      this.#view.setInt16(at, digital, true);
      if (this.#bits === 24) this.#view.setInt8(at + 2, digital >> 16);
    }
    this.#buffered += this.#bits / 8;
  }

  #flush(): void {
    writeFully(this.#fd, this.#buffer.subarray(0, this.#buffered), this.#data_position + this.#written);
    this.#written += this.#buffered;
    this.#buffered = 0;
  }

  /** The header's sizes; past 4 GiB they move to the ds64 chunk, for which the header keeps room. */
  #patchSizes(file_bytes: number): void {
    const start = new Uint8Array(48);
    const view = new DataView(start.buffer);
    const large = file_bytes - 8 > 0xfffffffe;
    start.set(Buffer.from(large ? "RF64" : "RIFF"), 0);
    view.setUint32(4, large ? 0xffffffff : file_bytes - 8, true);
    start.set(Buffer.from(large ? "WAVEds64" : "WAVEJUNK"), 8);
    view.setUint32(16, 28, true);
    if (large) {
      view.setBigUint64(20, BigInt(file_bytes - 8), true);
      view.setBigUint64(28, BigInt(this.#written), true);
      view.setBigUint64(36, BigInt(this.frames), true);
    }
    writeFully(this.#fd, start, 0);
    const size = new Uint8Array(4);
    new DataView(size.buffer).setUint32(0, large ? 0xffffffff : this.#written, true);
    writeFully(this.#fd, size, this.#data_position - 4);
  }
}

function fullScale(path: string, channel: Channel, options: WavOptions): number {
  const range = options.range?.[channel.name];
  const max = range ? Math.max(Math.abs(range.min), Math.abs(range.max)) : (DEFAULT_MAX[channel.unit] ?? 1);
  if (!(max > 0 && Number.isFinite(max))) refuse(path, `${channel.name}: a range of +-${max} is no range`);
  return max;
}

function formatHeader(info: RecordingInfo, bits: 16 | 24 | 32, comment: WavComment): Uint8Array {
  const { channels, rate_hz, start, equipment } = info;
  const frame_bytes = (channels.length * bits) / 8;
  const format = Buffer.alloc(40);
  format.writeUInt16LE(EXTENSIBLE, 0);
  format.writeUInt16LE(channels.length, 2);
  format.writeUInt32LE(Math.round(rate_hz), 4);
  format.writeUInt32LE(Math.min(0xffffffff, Math.round(rate_hz) * frame_bytes), 8);
  format.writeUInt16LE(Math.min(0xffff, frame_bytes), 12);
  format.writeUInt16LE(bits, 14);
  format.writeUInt16LE(22, 16);
  format.writeUInt16LE(bits, 18);
  format.writeUInt16LE(bits === 32 ? FLOAT : PCM, 24);
  // The rest of the GUID that marks a subformat: 0000-0010-8000-00AA00389B71.
  format.set([0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71], 26);
  const created = Number.isNaN(start.getTime()) ? [] : [chunk("ICRD", Buffer.from(`${start.toISOString()}\0`))];
  const about = [Buffer.from("INFO"), ...created, chunk("ISFT", Buffer.from(`${equipment}\0`))];
  const list = chunk("LIST", Buffer.concat([...about, chunk("ICMT", Buffer.from(`${JSON.stringify(comment)}\0`))]));
  const chunks = [chunk("JUNK", Buffer.alloc(28)), chunk("fmt ", format), list, chunk("data", Buffer.alloc(0))];
  const body = Buffer.concat([Buffer.from("WAVE"), ...chunks]);
  return chunk("RIFF", body);
}

/** Cue points and their labels, after a padding byte if the samples need one. */
function formatCues(annotations: readonly Annotation[], rate_hz: number, padding: number): Uint8Array {
  if (annotations.length === 0) return Buffer.alloc(padding);
  const points = Buffer.alloc(4 + 24 * annotations.length);
  points.writeUInt32LE(annotations.length, 0);
  const labels: Buffer[] = [Buffer.from("adtl")];
  for (const [i, { onset_s, text }] of annotations.entries()) {
    const at = 4 + 24 * i;
    const frame = Math.min(0xffffffff, Math.max(0, Math.round(onset_s * rate_hz) || 0));
    points.writeUInt32LE(i + 1, at);
    points.writeUInt32LE(frame, at + 4);
    points.write("data", at + 8, "latin1");
    points.writeUInt32LE(frame, at + 20);
    const id = Buffer.alloc(4);
    id.writeUInt32LE(i + 1);
    labels.push(chunk("labl", Buffer.concat([id, Buffer.from(`${text.replaceAll("\0", " ")}\0`)])));
  }
  return Buffer.concat([Buffer.alloc(padding), chunk("cue ", points), chunk("LIST", Buffer.concat(labels))]);
}

function chunk(id: string, body: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.write(id, "latin1");
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body, Buffer.alloc(body.length % 2)]);
}
