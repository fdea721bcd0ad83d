// SPDX-License-Identifier: Apache-2.0
import type { RecordingReader } from "./recording.ts";

/** The frame before which a read of `frames` frames from `start` on ends: what the recording holds and `out` has room for. */
export function readEnd(
  { channels, frames: held }: Pick<RecordingReader, "channels" | "frames">,
  start: number,
  frames: number,
  out: Float32Array,
): number {
  if (channels.length === 0 || start < 0) return start;
  const room = Math.floor(out.length / channels.length);
  return Math.max(start, Math.min(held, start + Math.min(frames, room)));
}
