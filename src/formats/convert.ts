// SPDX-License-Identifier: Apache-2.0
//
// A recording, or a part of it, as a file of another format: the same frames, annotations and gaps.
import { rmSync, statSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { messageOf } from "../pipeline/problem.ts";
import { megabytes } from "../pipeline/words.ts";
import { version } from "../version.ts";
import { createRecording, type RecordingFormat } from "./create.ts";
import { frameOf, timeOf } from "./frame-of.ts";
import { openRecording } from "./open.ts";
import type { Range, RecordingReader, RecordingWriter } from "./recording.ts";
import { refuse } from "./refuse.ts";

const CHUNK_VALUES = 1 << 16;
/** What our own files say of a gap, which is written anew. */
const GAP = /^gap \d+ frames$/;

export interface Part {
  start_s?: number;
  duration_s?: number;
}

export interface ConvertOptions extends Part {
  /** It gives up where the file gets longer. */
  most_bytes?: number;
  signal?: AbortSignal;
}

export interface Converted {
  frames: number;
  duration_s: number;
  /** Samples that the format could not hold, or that were no numbers. */
  clipped: number;
  invalid: number;
  notices: readonly string[];
}

/** Writes `to`, which is not there yet; where it fails there is none. Throws ProblemsError. */
export async function convertRecording(
  from: string,
  to: string,
  format: RecordingFormat,
  options: ConvertOptions = {},
): Promise<Converted> {
  const reader = openRecording(from);
  try {
    const [first, end] = framesOf(reader, options, from);
    const range = format === "edf" || format === "bdf" ? await rangesOf(reader, first, end, options.signal) : {};
    const begun_s = timeOf(first, reader);
    const { rate_hz, channels, start } = reader;
    const info = { rate_hz, channels, start: new Date(start ? start.getTime() + begun_s * 1000 : Number.NaN) };
    const writer = createRecording(format, to, { ...info, equipment: `Stagebox ${version}` }, { range });
    try {
      await copy(reader, writer, [first, end], () => {
        options.signal?.throwIfAborted();
        checkSize(to, options.most_bytes);
      });
      writer.sync();
      checkSize(to, options.most_bytes);
    } catch (error) {
      abandon(writer, to);
      if (error instanceof RangeError) refuse(from, messageOf(error));
      throw error;
    }
    closeOrRemove(writer, to);
    const { frames, clipped, invalid } = writer;
    return { frames, duration_s: frames / rate_hz, clipped, invalid, notices: reader.notices };
  } finally {
    reader.close();
  }
}

function framesOf(reader: RecordingReader, { start_s = 0, duration_s }: Part, file: string): [number, number] {
  const first = frameOf(start_s, reader);
  const end = duration_s === undefined ? reader.frames : frameOf(start_s + duration_s, reader);
  if (first >= Math.min(end, reader.frames))
    refuse(file, `has nothing there: it holds ${timeOf(reader.frames, reader).toFixed(3)} s`);
  return [first, Math.min(end, reader.frames)];
}

async function copy(
  reader: RecordingReader,
  writer: RecordingWriter,
  [first, end]: [number, number],
  onChunk: () => void,
): Promise<void> {
  const width = reader.channels.length;
  const chunk = new Float32Array(chunkFrames(reader) * width);
  const gaps = reader.gaps.filter(({ frame }) => frame > first && frame < end);
  const annotations = annotationsOf(reader, first, end);
  for (let at = first; at < end; ) {
    const gap = gaps[0]?.frame === at ? gaps.shift() : undefined;
    if (gap) writer.gap(gap.lost);
    const stop = Math.min(at + chunk.length / width, end, gaps[0]?.frame ?? end);
    while (annotations[0] && annotations[0].frame < stop) writer.annotate(annotations.shift()?.annotation as never);
    const frames = reader.read(at, stop - at, chunk);
    if (frames === 0) break; // the file has become shorter
    writer.write(chunk, frames);
    at += frames;
    onChunk();
    await setImmediate();
  }
}

function annotationsOf(reader: RecordingReader, first: number, end: number) {
  const begun_s = timeOf(first, reader);
  return reader.annotations
    .map((annotation) => ({ annotation, frame: frameOf(annotation.onset_s, reader) }))
    .filter(({ frame }) => frame >= first && frame <= end)
    .filter(({ annotation, frame }) => !GAP.test(annotation.text) || !reader.gaps.some((gap) => gap.frame === frame))
    .map(({ annotation, frame }) => ({
      frame: Math.min(frame, end - 1),
      annotation: { ...annotation, onset_s: Math.max(0, annotation.onset_s - begun_s) },
    }));
}

/** What the values reach, on both sides of zero: steps as small as they can be. */
async function rangesOf(
  reader: RecordingReader,
  first: number,
  end: number,
  signal?: AbortSignal,
): Promise<Record<string, Range>> {
  const width = reader.channels.length;
  const chunk = new Float32Array(chunkFrames(reader) * width);
  const reach = new Float64Array(width);
  for (let at = first, frames = 0; at < end; at += frames) {
    frames = reader.read(at, Math.min(chunk.length / width, end - at), chunk);
    if (frames === 0) break;
    for (let index = 0; index < frames * width; index++) {
      const value = Math.abs(chunk[index] as number);
      if (value > (reach[index % width] as number) && value !== Number.POSITIVE_INFINITY) reach[index % width] = value;
    }
    signal?.throwIfAborted();
    await setImmediate();
  }
  return Object.fromEntries(
    reader.channels.map(({ name }, index) => [name, { min: -(reach[index] || 1), max: reach[index] || 1 }]),
  );
}

function closeOrRemove(writer: RecordingWriter, path: string): void {
  try {
    writer.close();
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  }
}

function checkSize(path: string, most_bytes = Number.POSITIVE_INFINITY): void {
  if (statSync(path).size > most_bytes)
    refuse(path, `would get longer than ${megabytes(most_bytes)}; make room, or take a part of it`);
}

const chunkFrames = ({ channels }: RecordingReader) => Math.max(1, Math.floor(CHUNK_VALUES / channels.length));

function abandon(writer: RecordingWriter, path: string): void {
  try {
    writer.close();
  } catch {} // it gives the file back all the same
  rmSync(path, { force: true });
}
