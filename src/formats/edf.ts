// SPDX-License-Identifier: Apache-2.0
// Reader for EDF, EDF+, BDF and BDF+. What the header claims is checked against the bytes that are there.
import { selectChannels, tidyName, tidyUnit, uniqueNames } from "./channel-names.ts";
import { scanAnnotations } from "./edf-annotation-scan.ts";
import {
  type EdfHeader,
  formatName,
  headerBytes,
  isAnnotationSignal,
  parseEdfHeader,
  signalCount,
} from "./edf-header.ts";
import { type FileWindow, openWindow } from "./file-window.ts";
import { readEnd } from "./read-end.ts";
import type { Annotation, Channel, ReaderOptions, RecordingReader } from "./recording.ts";
import { refuse } from "./refuse.ts";
import { mainRate, plainRate } from "./sample-rate.ts";

/** Records up to this size are cached whole; of larger ones only the spans asked for. */
const MAX_CACHED_RECORD_BYTES = 16 * 1024 * 1024;
const SPAN_BYTES = 65536;

/** A signal, and where its samples lie in each data record. */
export interface PlacedSignal extends Channel {
  samples: number;
  /** Of its first sample, from the start of the record. */
  offset_bytes: number;
  rate_hz: number;
  /** physical = digital * gain + zero. */
  gain: number;
  zero: number;
}

/** How the file is laid out: records of `record_bytes` from `header_bytes` on, `records` of them whole. */
export interface EdfLayout {
  header: EdfHeader;
  header_bytes: number;
  record_bytes: number;
  records: number;
  signals: PlacedSignal[];
  /** Spans of a record that hold annotations. */
  annotationSpans: { offset_bytes: number; length: number }[];
}

export function openEdf(path: string, options: ReaderOptions = {}): RecordingReader {
  return openWindow(path, (file) => new EdfReader(file, options));
}

class EdfReader implements RecordingReader {
  readonly format: string;
  readonly rate_hz: number;
  readonly channels: readonly Channel[];
  readonly frames: number;
  readonly start?: Date;
  readonly annotations: readonly Annotation[];
  readonly gaps: readonly { frame: number; lost: number }[];
  readonly notices: string[] = [];
  readonly #file: FileWindow;
  readonly #layout: EdfLayout;
  readonly #signals: PlacedSignal[];
  /** Of each channel, in a record. */
  readonly #recordFrames: number;

  constructor(file: FileWindow, options: ReaderOptions) {
    this.#file = file;
    this.#layout = readLayout(file, options, this.notices);
    const { header, records, record_bytes, signals } = this.#layout;
    this.#signals = chooseSignals(file.path, signals, options, this.notices);
    this.format = formatName(header);
    this.channels = this.#signals.map(({ name, unit }) => ({ name, unit }));
    this.rate_hz = this.#signals[0]?.rate_hz ?? 0;
    this.#recordFrames = this.#signals[0]?.samples ?? 0;

    const scan = scanAnnotations(file, this.#layout, this.#recordFrames);
    this.notices.push(...scan.notices);
    this.annotations = scan.annotations;
    this.gaps = scan.gaps;
    const start = new Date((header.start?.getTime() ?? Number.NaN) + Math.round(scan.offset_s * 1000));
    if (!Number.isNaN(start.getTime())) this.start = start;
    this.frames = this.#framesHeld(records, scan);
    file.resize(record_bytes <= MAX_CACHED_RECORD_BYTES ? Math.max(record_bytes, SPAN_BYTES) : SPAN_BYTES);
  }

  read(start: number, frames: number, out: Float32Array): number {
    const stride = this.channels.length;
    const end = readEnd(this, start, frames, out);
    let frame = start;
    while (frame < end) {
      const record = Math.floor(frame / this.#recordFrames);
      const from = frame - record * this.#recordFrames;
      const count = Math.min(this.#recordFrames - from, end - frame, SPAN_BYTES / 4);
      const target = out.subarray((frame - start) * stride);
      for (const [channel, signal] of this.#signals.entries())
        if (!this.#decode(signal, record, from, count, target, channel)) return frame - start;
      frame += count;
    }
    return frame - start;
  }

  close(): void {
    this.#file.close();
  }

  /** False if the file has become shorter since it was opened. */
  #decode(
    signal: PlacedSignal,
    record: number,
    from: number,
    count: number,
    out: Float32Array,
    channel: number,
  ): boolean {
    const { header, header_bytes, record_bytes } = this.#layout;
    const width = header.sample_bytes;
    const recordStart = header_bytes + record * record_bytes;
    const position = recordStart + signal.offset_bytes + from * width;
    const bytes = this.#file.view(position, count * width, recordStart);
    if (bytes.length < count * width) return false;
    const { gain, zero } = signal;
    const stride = this.channels.length;
    for (let i = 0, at = 0, target = channel; i < count; i++, at += width, target += stride) {
      const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
      const digital = width === 2 ? (low << 16) >> 16 : ((((bytes[at + 2] as number) << 16) | low) << 8) >> 8;
      out[target] = digital * gain + zero;
    }
    return true;
  }

  #framesHeld(records: number, { end_s, lost }: { end_s?: number; lost: number }): number {
    const frames = records * this.#recordFrames;
    return end_s === undefined ? frames : Math.min(frames, Math.max(0, Math.round(end_s * this.rate_hz) - lost));
  }
}

function readLayout(file: FileWindow, options: ReaderOptions, notices: string[]): EdfLayout {
  const { path, size } = file;
  if (size < 256) refuse(path, `is cut off inside its header (${size} bytes); EDF needs 256 or more`);
  const count = signalCount(file.view(0, 256));
  if (!Number.isSafeInteger(count) || count < 0 || count > 9999)
    refuse(path, "does not say how many signals it has; it is damaged or no EDF or BDF file");
  const header_bytes = headerBytes(count);
  if (size < header_bytes)
    refuse(path, `is cut off inside its header: ${count} signals need ${header_bytes} bytes, it has ${size}`);
  file.resize(header_bytes);
  const header = parseEdfHeader(path, file.view(0, header_bytes));

  const record_bytes = header.sample_bytes * header.signals.reduce((sum, signal) => sum + signal.samples, 0);
  if (!Number.isSafeInteger(record_bytes))
    refuse(path, "has data records of an impossible size; its header is damaged");
  const records = record_bytes > 0 ? Math.floor((size - header_bytes) / record_bytes) : 0;
  const left = size - header_bytes - records * record_bytes;
  if (header.records === -1) notices.push(`the header does not say how many data records there are; ${records} found`);
  else if (header.records !== records)
    notices.push(`the header claims ${header.records} data records, the file holds ${records}; reading those`);
  if (left > 0) notices.push(`${left} bytes of an unfinished data record at the end left out`);

  const placed = placeSignals(header, path, options, notices);
  return { header, header_bytes, record_bytes, records, ...placed };
}

function placeSignals(header: EdfHeader, path: string, options: ReaderOptions, notices: string[]) {
  const signals: PlacedSignal[] = [];
  const annotationSpans: EdfLayout["annotationSpans"] = [];
  let offset_bytes = 0;
  const names = uniqueNames(header.signals.map((signal, i) => tidyName(signal.label, i)));
  for (const [i, signal] of header.signals.entries()) {
    const name = names[i] as string;
    const length = signal.samples * header.sample_bytes;
    if (signal.samples === 0) notices.push(`${name} has no samples and is left out`);
    else if (isAnnotationSignal(header, signal)) annotationSpans.push({ offset_bytes, length });
    else {
      const rate_hz = signalRate(header, signal.samples, path, options);
      const scale = signalScale(signal);
      if (!scale) notices.push(`${name}: its physical or digital range is no range; values are the file's integers`);
      const placed = scale ?? { gain: 1, zero: 0 };
      signals.push({ name, unit: tidyUnit(signal.unit), samples: signal.samples, offset_bytes, rate_hz, ...placed });
    }
    offset_bytes += length;
  }
  return { signals, annotationSpans };
}

function signalRate(header: EdfHeader, samples: number, path: string, options: ReaderOptions): number {
  const { duration_s } = header;
  // The duration's text holds 8 characters: it is off by up to half a unit of the sixth decimal.
  if (duration_s > 0 && Number.isFinite(samples / duration_s))
    return plainRate(samples / duration_s, Number.isInteger(duration_s) ? 0 : 0.5e-6 / duration_s);
  if (options.rate_hz && options.rate_hz > 0) return options.rate_hz;
  refuse(path, `has data records of ${duration_s} s, so its sampling rate is unknown; give rate_hz to the source`);
}

function signalScale(signal: EdfHeader["signals"][number]): { gain: number; zero: number } | undefined {
  const gain = (signal.physical_max - signal.physical_min) / (signal.digital_max - signal.digital_min);
  const zero = signal.physical_min - signal.digital_min * gain;
  return Number.isFinite(gain) && gain !== 0 && Number.isFinite(zero) ? { gain, zero } : undefined;
}

/** The signals wanted, or else those of the main rate; they must share one rate. */
function chooseSignals(
  path: string,
  signals: PlacedSignal[],
  options: ReaderOptions,
  notices: string[],
): PlacedSignal[] {
  if (options.channels) {
    const chosen = selectChannels(path, signals, options.channels).map((index) => signals[index] as PlacedSignal);
    const other = chosen.find((signal) => signal.samples !== chosen[0]?.samples);
    if (other)
      refuse(
        path,
        `${chosen[0]?.name} (${chosen[0]?.rate_hz} Hz) and ${other.name} (${other.rate_hz} Hz) have different rates; ` +
          "choose channels of one rate",
      );
    return chosen;
  }
  const samples = mainRate(signals.map((signal) => signal.samples));
  for (const { name, rate_hz, samples: others } of signals)
    if (others !== samples) notices.push(`${name} (${rate_hz} Hz) has another rate and is left out; choose it by name`);
  return signals.filter((signal) => signal.samples === samples);
}
