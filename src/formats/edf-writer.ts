// SPDX-License-Identifier: Apache-2.0
// Writer for EDF+ (16 bit) and BDF+ (24 bit), made for a process that may die at any instant. Each data record, about
// a second, is appended with one write; the count in the header follows at once, because EDFlib opens a file only if
// both agree. `sync` then makes both durable. What a crash between the two leaves behind, edf-repair.ts mends.
import { closeSync, fdatasyncSync, ftruncateSync } from "node:fs";
import { formatTal, splitText, TICKS_PER_SECOND } from "./edf-annotations.ts";
import { annotationSignal, type EdfOptions, headerDate, labels, patientField, recordingField } from "./edf-fields.ts";
import { ascii, formatEdfHeader, MAX_SIGNALS, RECORDS_POSITION, recordsText } from "./edf-header.ts";
import { chooseRecord } from "./edf-record.ts";
import { DIGITAL_MAX, digitalScale, physicalRange } from "./edf-scale.ts";
import { createFile, writeFully } from "./file-writing.ts";
import { gapAnnotation } from "./gap.ts";
import type { Annotation, RecordingInfo, RecordingWriter } from "./recording.ts";
import { refuse } from "./refuse.ts";

/** The record's own time, and the least room left beside it. */
const RECORD_TIME_BYTES = 24;
const MIN_ANNOTATION_BYTES = 120;
const MAX_ONSET_S = 1e8;

interface Signal {
  scale: number;
  offset: number;
  /** Digital value of 0. */
  zero: number;
  offset_bytes: number;
}

interface PendingAnnotation {
  onset_ticks: number;
  duration_ticks: number;
  text: string;
}

export function createEdfWriter(path: string, info: RecordingInfo, options: EdfOptions = {}): RecordingWriter {
  return new EdfWriter(path, info, options, 2);
}

export function createBdfWriter(path: string, info: RecordingInfo, options: EdfOptions = {}): RecordingWriter {
  return new EdfWriter(path, info, options, 3);
}

class EdfWriter implements RecordingWriter {
  clipped = 0;
  invalid = 0;
  frames = 0;
  readonly #path: string;
  readonly #fd: number;
  readonly #header_bytes: number;
  readonly #sample_bytes: 2 | 3;
  readonly #signals: Signal[];
  readonly #recordFrames: number;
  readonly #record_ticks: number;
  /** The first frame's time after the header's start. */
  readonly #start_ticks: number;
  readonly #record: Uint8Array;
  readonly #annotationArea: Uint8Array;
  readonly #pending: PendingAnnotation[] = [];
  /** Frames in `#record`. */
  #filled = 0;
  #records = 0;

  constructor(path: string, info: RecordingInfo, options: EdfOptions, sample_bytes: 2 | 3) {
    const { channels, rate_hz } = info;
    if (channels.length === 0 || channels.length >= MAX_SIGNALS)
      refuse(path, `${channels.length} channels cannot be written; 1 to ${MAX_SIGNALS - 1} can`);
    const annotation_bytes = Math.ceil(Math.max(MIN_ANNOTATION_BYTES, options.annotation_bytes ?? 240) / 6) * 6;
    const { frames, duration_s } = chooseRecord(path, rate_hz, channels.length * sample_bytes);
    const signal_bytes = frames * sample_bytes;
    const ranges = channels.map((channel) => physicalRange(path, channel, sample_bytes, options.range?.[channel.name]));
    const digital_max = DIGITAL_MAX[sample_bytes];
    const date = headerDate(info.start);
    const header = formatEdfHeader({
      sample_bytes,
      plus: "C",
      patient: patientField(options),
      recording: recordingField(info, options, date),
      ...(date && { start: date }),
      records: -1,
      duration_s,
      signals: [
        ...labels(info).map((label, i) => ({
          label,
          unit: channels[i]?.unit === "1" ? "" : ascii(channels[i]?.unit ?? ""),
          physical_min: ranges[i]?.min ?? 0,
          physical_max: ranges[i]?.max ?? 0,
          digital_min: -digital_max,
          digital_max,
          samples: frames,
        })),
        annotationSignal(sample_bytes, annotation_bytes / sample_bytes),
      ],
    });

    this.#path = path;
    this.#sample_bytes = sample_bytes;
    this.#header_bytes = header.length;
    this.#recordFrames = frames;
    this.#record_ticks = Math.round(duration_s * TICKS_PER_SECOND);
    this.#start_ticks = date ? date.getUTCMilliseconds() * (TICKS_PER_SECOND / 1000) : 0;
    this.#record = new Uint8Array(channels.length * signal_bytes + annotation_bytes);
    this.#annotationArea = this.#record.subarray(channels.length * signal_bytes);
    this.#signals = ranges.map((range, i) => {
      const scale = digitalScale(range, digital_max);
      const zero = Math.min(digital_max, Math.max(-digital_max, Math.round(scale.offset)));
      return { ...scale, zero, offset_bytes: i * signal_bytes };
    });
    this.#fd = createFile(path, header);
  }

  write(samples: Float32Array, frames: number): void {
    this.#fill(frames, (from, count) => {
      for (const [channel, signal] of this.#signals.entries()) this.#encode(samples, from, count, channel, signal);
    });
    this.frames += frames;
  }

  annotate({ onset_s, duration_s, text }: Annotation): void {
    if (!(Math.abs(onset_s) <= MAX_ONSET_S) || !(duration_s >= 0 && duration_s <= MAX_ONSET_S))
      throw new RangeError(`annotation "${text}": onset ${onset_s} s, duration ${duration_s} s cannot be written`);
    const onset_ticks = Math.round(onset_s * TICKS_PER_SECOND) + this.#start_ticks;
    const duration_ticks = Math.round(duration_s * TICKS_PER_SECOND);
    const room = this.#annotationArea.length - RECORD_TIME_BYTES;
    for (const piece of splitText(text, onset_ticks, duration_ticks, room))
      if (piece !== "") this.#pending.push({ onset_ticks, duration_ticks, text: piece });
  }

  gap(lost: number): void {
    if (lost === 0) return;
    this.annotate(gapAnnotation(lost, this.frames, this.#recordFrames / (this.#record_ticks / TICKS_PER_SECOND)));
    this.#fillZeros(lost);
    this.frames += lost;
  }

  sync(): void {
    fdatasyncSync(this.#fd);
  }

  close(): void {
    try {
      if (this.#filled > 0 || this.#pending.length > 0) {
        this.annotate({ onset_s: this.#seconds(this.frames), duration_s: 0, text: "Recording ends" });
        while (this.#filled > 0 || this.#pending.length > 0) this.#fillZeros(this.#recordFrames - this.#filled);
      }
      if (this.#records === 0) writeFully(this.#fd, Buffer.from(recordsText(0)), RECORDS_POSITION);
      this.sync();
    } finally {
      closeSync(this.#fd);
    }
  }

  #seconds(frames: number): number {
    return (frames * this.#record_ticks) / (this.#recordFrames * TICKS_PER_SECOND);
  }

  /** Lets `encode` put `count` frames, those from `from` on, into the record, and writes the record when it is full. */
  #fill(frames: number, encode: (from: number, count: number) => void): void {
    for (let from = 0; from < frames; ) {
      if (this.#filled === this.#recordFrames) this.#writeRecord();
      const count = Math.min(frames - from, this.#recordFrames - this.#filled);
      encode(from, count);
      this.#filled += count;
      from += count;
    }
    if (this.#filled === this.#recordFrames) this.#writeRecord();
  }

  /** Rounds half to nearest; the hot loop of a recording. */
  #encode(samples: Float32Array, from: number, count: number, channel: number, signal: Signal): void {
    const { scale, offset, zero } = signal;
    const max = DIGITAL_MAX[this.#sample_bytes];
    const width = this.#sample_bytes;
    const record = this.#record;
    const stride = this.#signals.length;
    let at = signal.offset_bytes + this.#filled * width;
    for (let source = from * stride + channel, end = source + count * stride; source < end; source += stride) {
      let digital = Math.floor((samples[source] as number) * scale + offset + 0.5);
      if (!(digital >= -max && digital <= max)) {
        if (Number.isNaN(digital)) {
          this.invalid++;
          digital = zero;
        } else {
          this.clipped++;
          digital = digital < 0 ? -max : max;
        }
      }
      record[at] = digital;
      record[at + 1] = digital >> 8;
      if (width === 3) record[at + 2] = digital >> 16;
      at += width;
    }
  }

  #fillZeros(frames: number): void {
    const width = this.#sample_bytes;
    this.#fill(frames, (_, count) => {
      for (const { zero, offset_bytes } of this.#signals)
        for (let i = 0, at = offset_bytes + this.#filled * width; i < count; i++, at += width)
          for (let byte = 0; byte < width; byte++) this.#record[at + byte] = zero >> (8 * byte);
    });
  }

  #writeRecord(): void {
    if (this.#records === 99_999_999)
      refuse(this.#path, "is full: EDF counts up to 99,999,999 records; start a new file");
    const position = this.#header_bytes + this.#records * this.#record.length;
    const annotations = this.#placeAnnotations();
    try {
      writeFully(this.#fd, this.#record, position);
    } catch (error) {
      ftruncateSync(this.#fd, position);
      throw error;
    }
    writeFully(this.#fd, Buffer.from(recordsText(this.#records + 1)), RECORDS_POSITION);
    this.#records++;
    this.#filled = 0;
    this.#pending.splice(0, annotations);
  }

  /** Puts the record's own time and as many annotations as fit into the record; returns how many. */
  #placeAnnotations(): number {
    const area = this.#annotationArea.fill(0);
    const time = formatTal(this.#start_ticks + this.#records * this.#record_ticks, 0, "");
    area.set(time);
    let used = time.length;
    let placed = 0;
    for (const { onset_ticks, duration_ticks, text } of this.#pending) {
      const tal = formatTal(onset_ticks, duration_ticks, text);
      if (used + tal.length > area.length) break;
      area.set(tal, used);
      used += tal.length;
      placed++;
    }
    return placed;
  }
}
