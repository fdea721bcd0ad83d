// SPDX-License-Identifier: Apache-2.0
import { refuse } from "./refuse.ts";

/** EDFlib refuses larger records (10 MiB in EDF, 15 MiB in BDF). */
const MAX_RECORD_BYTES = 8 * 1024 * 1024;

/** How many frames a data record holds, and how long it lasts: a second, or the nearest shorter time (longer only below
 * 1 Hz) whose 8-character text times the rate is a whole number of frames. A rate that has no such time is written
 * with the least error, below a millionth. */
export function chooseRecord(
  file: string,
  rate_hz: number,
  frame_bytes: number,
): { frames: number; duration_s: number } {
  if (!(rate_hz >= 1e-4 && rate_hz <= 1e6))
    refuse(file, `a rate of ${rate_hz} Hz cannot be written; 0.0001 Hz to 1 MHz can`);
  const most = Math.max(1, Math.min(Math.floor(rate_hz), Math.floor(MAX_RECORD_BYTES / frame_bytes)));
  let best = { frames: most, duration_s: durationText(most / rate_hz), error: Number.POSITIVE_INFINITY };
  for (let frames = most; frames > most / 2 && best.error > 1e-12; frames--) {
    const duration_s = durationText(frames / rate_hz);
    const error = Math.abs((duration_s * rate_hz) / frames - 1);
    if (error < best.error) best = { frames, duration_s, error };
  }
  return { frames: best.frames, duration_s: best.duration_s };
}

/** As 8 characters hold it, without an exponent. */
function durationText(duration_s: number): number {
  const digits = String(Math.floor(duration_s)).length;
  return Number(duration_s.toFixed(Math.max(0, Math.min(6, 7 - digits))));
}
