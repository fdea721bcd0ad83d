// SPDX-License-Identifier: Apache-2.0
import type { RecordingReader } from "./recording.ts";

type Timed = Pick<RecordingReader, "rate_hz" | "gaps">;

/** Onsets count time, frames count what is there: a gap before the onset moves it back. */
export function frameOf(onset_s: number, { rate_hz, gaps }: Timed): number {
  const inTime = Math.max(0, Math.round(onset_s * rate_hz));
  let frame = inTime;
  for (const gap of gaps) {
    if (gap.frame >= frame) break;
    frame = Math.max(gap.frame, frame - gap.lost);
  }
  return frame;
}

/** When a frame was there, gaps before it included. */
export function timeOf(frame: number, { rate_hz, gaps }: Timed): number {
  const lost = gaps.filter((gap) => gap.frame <= frame).reduce((sum, gap) => sum + gap.lost, 0);
  return (frame + lost) / rate_hz;
}
