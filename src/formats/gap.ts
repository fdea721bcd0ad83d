// SPDX-License-Identifier: Apache-2.0
import type { Annotation } from "./recording.ts";

/** Longer ones would fill a disk with zeros. */
const MAX_GAP_S = 3600;

/** The annotation for `lost` frames missing after `frames`. Throws a RangeError if that cannot be or lasts over an hour. */
export function gapAnnotation(lost: number, frames: number, rate_hz: number): Annotation {
  if (!Number.isSafeInteger(lost) || lost < 0) throw new RangeError(`${lost} frames cannot be missing`);
  if (lost / rate_hz > MAX_GAP_S)
    throw new RangeError(`a gap of ${lost} frames is longer than ${MAX_GAP_S} s; begin a new recording`);
  return { onset_s: frames / rate_hz, duration_s: lost / rate_hz, text: `gap ${lost} frames` };
}
