// SPDX-License-Identifier: Apache-2.0
import { afterAll } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Channel, RecordingInfo, RecordingReader } from "../../src/formats/recording.ts";

/** An empty folder for a test file's recordings, gone when its tests are done. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "stagebox-formats-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export const start = new Date("2026-03-04T05:06:07.250Z");

export function info(rate_hz: number, channels: readonly Channel[]): RecordingInfo {
  return { rate_hz, channels, start, equipment: "Stagebox 0.1.0" };
}

export function uVChannels(count: number): Channel[] {
  return Array.from({ length: count }, (_, i) => ({ name: `EEG ${i + 1}`, unit: "uV" }));
}

/** A different slow wave in each channel, in physical units up to `reach`: [frames x channels]. */
export function waves(frames: number, channels: number, reach = 100): Float32Array {
  return Float32Array.from({ length: frames * channels }, (_, i) => {
    const frame = Math.floor(i / channels);
    return reach * Math.sin(0.02 * frame * (1 + (i % channels)) + (i % channels));
  });
}

/** All frames, read in blocks of `block`. */
export function readAll(reader: RecordingReader, block = 1000): Float32Array {
  const stride = reader.channels.length;
  const out = new Float32Array(reader.frames * stride);
  for (let frame = 0; frame < reader.frames; ) {
    const read = reader.read(frame, block, out.subarray(frame * stride));
    if (read === 0) throw new Error(`nothing read at frame ${frame} of ${reader.frames}`);
    frame += read;
  }
  return out;
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs((a[i] as number) - (b[i] as number)));
  return largest;
}
