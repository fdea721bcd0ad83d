// SPDX-License-Identifier: Apache-2.0
// Reader for WFDB (PhysioNet) records: a text header, signal files beside it, annotation files by extension.
import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { selectChannels, tidyName, tidyUnit, uniqueNames } from "./channel-names.ts";
import { FileWindow } from "./file-window.ts";
import { readEnd } from "./read-end.ts";
import type { Annotation, Channel, ReaderOptions, RecordingReader } from "./recording.ts";
import { refuse } from "./refuse.ts";
import { mainRate } from "./sample-rate.ts";
import { parseWfdbAnnotations } from "./wfdb-annotations.ts";
import { parseWfdbHeader, type WfdbHeader, type WfdbSignal } from "./wfdb-header.ts";
import { SAMPLE_FORMATS, type SampleFormat, samplesIn } from "./wfdb-samples.ts";

const MAX_HEADER_BYTES = 4 * 1024 * 1024;
const MAX_ANNOTATION_BYTES = 64 * 1024 * 1024;
const MAX_FRAME_SAMPLES = 1_000_000;
/** Sums over larger files would keep the user waiting. */
const MAX_CHECKED_BYTES = 64 * 1024 * 1024;
/** For signals that were never calibrated: ADC units per mV. */
const DEFAULT_GAIN = 200;

/** One signal file: frames of `frame_samples` samples, those of all its signals in turn. */
interface SignalFile {
  window: FileWindow;
  format: SampleFormat;
  offset_bytes: number;
  frame_samples: number;
  /** Whole frames that are there. */
  frames: number;
}

interface PlacedSignal extends WfdbSignal {
  name: string;
  in: SignalFile;
  /** Of its first sample in a frame. */
  frame_offset: number;
}

/** `path` is the header (`.hea`) or a signal file with a header of the same name. */
export function openWfdb(path: string, options: ReaderOptions = {}): RecordingReader {
  const header_path = extname(path) === ".hea" ? path : `${path.slice(0, path.length - extname(path).length)}.hea`;
  if (!existsSync(header_path)) refuse(path, `has no header ${basename(header_path)} beside it; copy it there`);
  const header = parseWfdbHeader(header_path, readBounded(header_path, MAX_HEADER_BYTES).toString("utf8"));
  const files = new Map<string, SignalFile>();
  try {
    return new WfdbReader(header_path, header, placeSignals(header_path, header, files), files, options);
  } catch (error) {
    for (const { window } of files.values()) window.close();
    throw error;
  }
}

class WfdbReader implements RecordingReader {
  readonly format = "WFDB";
  readonly rate_hz: number;
  readonly channels: readonly Channel[];
  readonly frames: number;
  readonly start?: Date;
  readonly annotations: readonly Annotation[];
  readonly gaps = [];
  readonly notices: string[] = [];
  readonly #files: ReadonlyMap<string, SignalFile>;
  readonly #signals: PlacedSignal[];
  readonly #perFrame: number;

  constructor(
    path: string,
    header: WfdbHeader,
    signals: PlacedSignal[],
    files: ReadonlyMap<string, SignalFile>,
    options: ReaderOptions,
  ) {
    this.#files = files;
    this.#signals = chooseSignals(path, signals, options, this.notices);
    this.#perFrame = this.#signals[0]?.samples_per_frame ?? 1;
    this.rate_hz = header.rate_hz * this.#perFrame;
    this.channels = this.#signals.map(({ name, unit }) => ({ name, unit: tidyUnit(unit) }));
    const held = this.#signals.length > 0 ? Math.min(...this.#signals.map((signal) => signal.in.frames)) : 0;
    const claimed = header.frames || held;
    if (held !== claimed)
      this.notices.push(`the header claims ${claimed} frames, the signal files hold ${held}; reading the fewer`);
    this.frames = Math.min(held, claimed) * this.#perFrame;
    if (header.start && !Number.isNaN(header.start.getTime())) this.start = header.start;
    this.#noticeSignals(Math.min(held, claimed), claimed);
    this.annotations = this.#readAnnotations(path, header.rate_hz, options.annotator);
  }

  read(start: number, frames: number, out: Float32Array): number {
    const stride = this.channels.length;
    const end = readEnd(this, start, frames, out);
    let at = start;
    while (at < end) {
      let count = end - at;
      for (const [channel, signal] of this.#signals.entries())
        count = this.#decode(signal, at, count, out.subarray((at - start) * stride), channel);
      if (count === 0) break;
      at += count;
    }
    return at - start;
  }

  close(): void {
    for (const { window } of this.#files.values()) window.close();
  }

  /** Decodes as many of `count` samples as one window of the file holds; returns how many. */
  #decode(signal: PlacedSignal, start: number, count: number, out: Float32Array, channel: number): number {
    const perFrame = this.#perFrame;
    const { frame_samples, format } = signal.in;
    const frame = Math.floor(start / perFrame);
    const span = viewFrames(signal.in, frame, Math.ceil((start + count) / perFrame) - frame);
    const within = Math.max(0, Math.min(count, span.frames * perFrame - (start - frame * perFrame)));
    const gain = 1 / (signal.gain || DEFAULT_GAIN);
    const stride = this.channels.length;
    for (let i = 0; i < within; i++) {
      const sample = start + i - frame * perFrame;
      const sub = sample % perFrame;
      const index = span.first + ((sample - sub) / perFrame) * frame_samples + signal.frame_offset + sub;
      const value = format.sample(span.bytes, index);
      out[i * stride + channel] = value === format.invalid ? Number.NaN : (value - signal.baseline) * gain;
    }
    return within;
  }

  #noticeSignals(frames: number, claimed: number): void {
    for (const signal of this.#signals) {
      if (signal.skew_frames > 0)
        this.notices.push(`${signal.name} is skewed by ${signal.skew_frames} frames; the skew is not corrected`);
      if (signal.gain === 0)
        this.notices.push(`${signal.name} is not calibrated; ${DEFAULT_GAIN} units per mV assumed`);
      const { window } = signal.in;
      if (signal.checksum === undefined || frames !== claimed || window.size > MAX_CHECKED_BYTES) continue;
      const sum = checksum(signal, frames);
      if (sum !== (signal.checksum << 16) >> 16)
        this.notices.push(
          `${signal.name}: the checksum is ${sum}, the header says ${signal.checksum}; data were changed`,
        );
    }
  }

  #readAnnotations(path: string, rate_hz: number, annotator: string | undefined): Annotation[] {
    if (annotator !== undefined && !/^\w+$/.test(annotator))
      refuse(path, `"${annotator}" is no annotator; give an annotation file's extension, such as atr`);
    const file = `${path.slice(0, -".hea".length)}.${annotator ?? "atr"}`;
    if (!existsSync(file)) {
      if (annotator !== undefined) refuse(path, `has no annotations ${basename(file)} beside it`);
      return [];
    }
    const { annotations, notice } = parseWfdbAnnotations(readBounded(file, MAX_ANNOTATION_BYTES), rate_hz);
    if (notice) this.notices.push(notice);
    return annotations;
  }
}

function readBounded(path: string, max_bytes: number): Buffer {
  const stat = statSync(path);
  if (!stat.isFile() || stat.size > max_bytes)
    refuse(path, `is larger than ${max_bytes} bytes; it is damaged or no WFDB file`);
  return readFileSync(path);
}

function placeSignals(header_path: string, header: WfdbHeader, files: Map<string, SignalFile>): PlacedSignal[] {
  const names = uniqueNames(header.signals.map((signal, i) => tidyName(signal.description, i)));
  const placed = header.signals.map((signal, i) => {
    const format = SAMPLE_FORMATS[signal.format];
    if (!format)
      refuse(
        header_path,
        `stores ${names[i]} in format ${signal.format}; formats ${Object.keys(SAMPLE_FORMATS).join(", ")} can be read`,
      );
    if (signal.file !== basename(signal.file) || signal.file === "-" || signal.file === "~")
      refuse(header_path, `"${signal.file}" is not the name of a file beside it; correct the line of ${names[i]}`);
    const path = join(dirname(header_path), signal.file);
    if (!existsSync(path)) refuse(header_path, `needs ${signal.file}, which is not beside it; copy it there`);
    const file = files.get(signal.file) ?? {
      window: new FileWindow(path),
      format,
      offset_bytes: signal.offset_bytes,
      frame_samples: 0,
      frames: 0,
    };
    files.set(signal.file, file);
    const frame_offset = file.frame_samples;
    file.frame_samples += signal.samples_per_frame;
    return { ...signal, name: names[i] as string, in: file, frame_offset };
  });
  for (const [name, file] of files) {
    if (file.frame_samples > MAX_FRAME_SAMPLES)
      refuse(header_path, `has frames of ${file.frame_samples} samples in ${name}; the header is damaged`);
    const bytes = Math.max(0, file.window.size - file.offset_bytes);
    file.frames = Math.floor(samplesIn(file.format, bytes) / file.frame_samples);
    file.window.resize(Math.max(65536, (file.frame_samples + 2) * file.format.group_bytes));
  }
  return placed;
}

/** The signals wanted, or else those of the main rate; they must share one rate. */
function chooseSignals(
  path: string,
  signals: PlacedSignal[],
  options: ReaderOptions,
  notices: string[],
): PlacedSignal[] {
  const wanted = selectChannels(path, signals, options.channels).map((index) => signals[index] as PlacedSignal);
  const perFrame = options.channels ? wanted[0]?.samples_per_frame : mainRate(wanted.map((s) => s.samples_per_frame));
  const others = wanted.filter((signal) => signal.samples_per_frame !== perFrame);
  if (options.channels && others[0])
    refuse(path, `${wanted[0]?.name} and ${others[0].name} have different rates; choose channels of one rate`);
  for (const { name, samples_per_frame } of others)
    notices.push(`${name} (${samples_per_frame} samples a frame) has another rate and is left out; choose it by name`);
  return wanted.filter((signal) => signal.samples_per_frame === perFrame);
}

/** As many of `count` frames from `frame` on as the window holds; `first` is the index of their first sample in `bytes`. */
function viewFrames(
  file: SignalFile,
  frame: number,
  count: number,
): { bytes: Uint8Array; first: number; frames: number } {
  const { format, frame_samples, offset_bytes, window } = file;
  const sample = frame * frame_samples;
  const group = Math.floor(sample / format.group_samples);
  const first = sample - group * format.group_samples;
  const groups = Math.ceil((first + count * frame_samples) / format.group_samples);
  const bytes = window.view(
    offset_bytes + group * format.group_bytes,
    Math.min(groups * format.group_bytes, window.window_bytes),
  );
  const frames = Math.min(count, Math.floor((samplesIn(format, bytes.length) - first) / frame_samples));
  return { bytes, first, frames: Math.max(0, frames) };
}

/** The 16-bit sum of all samples, as the header states it. */
function checksum(signal: PlacedSignal, frames: number): number {
  const { format, frame_samples } = signal.in;
  let sum = 0;
  for (let frame = 0; frame < frames; ) {
    const span = viewFrames(signal.in, frame, frames - frame);
    if (span.frames === 0) break;
    for (let i = 0; i < span.frames; i++)
      for (let sub = 0; sub < signal.samples_per_frame; sub++)
        sum = (sum + format.sample(span.bytes, span.first + i * frame_samples + signal.frame_offset + sub)) | 0;
    frame += span.frames;
  }
  return (sum << 16) >> 16;
}
