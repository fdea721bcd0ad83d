// SPDX-License-Identifier: Apache-2.0

export interface Channel {
  /** Without the padding dots and spaces that some files carry: `O1`, not `O1..`. */
  name: string;
  /** As in the file, with the micro sign written `u`: `uV`, `mV`, `1`. */
  unit: string;
}

export interface Annotation {
  /** Seconds from the first frame. */
  onset_s: number;
  duration_s: number;
  text: string;
}

/** A recording open for reading: frames of channels at one rate, in physical units. */
export interface RecordingReader {
  readonly format: string;
  readonly rate_hz: number;
  readonly channels: readonly Channel[];
  /** Whole frames that the file really holds, whatever its header claims. */
  readonly frames: number;
  readonly start?: Date;
  /** In order of onset; an onset counts the time lost in gaps. */
  readonly annotations: readonly Annotation[];
  /** `lost` frames are missing before frame `frame` (discontinuous files). */
  readonly gaps: readonly { frame: number; lost: number }[];
  /** What a user should know: signals of another rate left out, a header that lies. */
  readonly notices: readonly string[];
  /** Reads up to `frames` frames from frame `start` on into `out` [frames x channels, channel fastest]; returns frames read. */
  read(start: number, frames: number, out: Float32Array): number;
  close(): void;
}

export interface RecordingInfo {
  rate_hz: number;
  channels: readonly Channel[];
  start: Date;
  /** Device and software, for the header: "Stagebox 0.1.0". */
  equipment: string;
}

export interface ReaderOptions {
  /** Names of the channels to read, in the order wanted; all that share the recording's main rate if absent. */
  channels?: readonly string[];
  /** For text files that do not say it. */
  rate_hz?: number;
  /** WFDB: the annotation file's extension, `atr` if absent. */
  annotator?: string;
}

/** What a channel's values may reach, in its unit. */
export interface Range {
  min: number;
  max: number;
}

/** A recording being written. Frames and annotations may come in any interleaving; nothing is lost when the process dies
 * but what came after the last `sync`. */
export interface RecordingWriter {
  /** `samples` [frames x channels, channel fastest], physical units. */
  write(samples: Float32Array, frames: number): void;
  annotate(annotation: Annotation): void;
  /** `lost` frames are missing here: they are filled with zeros (CSV leaves them out) and annotated `gap N frames`,
   * so that everything after them keeps its time. Throws a RangeError for more than an hour: begin a new recording. */
  gap(lost: number): void;
  /** Makes all whole seconds so far durable and readable as a file of its own. */
  sync(): void;
  /** Samples that lay outside the range the format could hold, and were clipped. */
  readonly clipped: number;
  /** Samples that were NaN where the format has no NaN, and were written as 0. */
  readonly invalid: number;
  /** Written so far, those that fill gaps included. */
  readonly frames: number;
  /** Gives the file back even where it throws. */
  close(): void;
}
