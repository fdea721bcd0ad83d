// SPDX-License-Identifier: Apache-2.0
import type { Channel, Range } from "./recording.ts";
import { refuse } from "./refuse.ts";
import { FULL_SCALE, UNITS_PER_UV } from "./voltage.ts";

/** The largest digital value; the range is symmetric, so that zero is stored as zero. */
export const DIGITAL_MAX = { 2: 32767, 3: 8388607 } as const;

/** BDF: an ADS1299 at gain 24, whose step of 4.5 V / 24 / (2^23 - 1) = 0.02235 uV is then kept exactly.
 * EDF: steps of 0.1 uV. What is no voltage has the same numbers in its own unit. */
const DEFAULT_UV = { 2: 3276.7, 3: 187500 } as const;

/** The range that a channel's physical minimum and maximum can express in 8 characters each, rounded outward. */
export function physicalRange(file: string, channel: Channel, sample_bytes: 2 | 3, wanted?: Range): Range {
  const reach = Number((DEFAULT_UV[sample_bytes] * (UNITS_PER_UV[channel.unit] ?? 1)).toPrecision(8));
  const { min, max } = wanted ?? fitting(channel.unit === FULL_SCALE ? 1 : reach);
  if (!Number.isFinite(min) || !Number.isFinite(max) || min >= max)
    refuse(file, `${channel.name}: the range ${min} to ${max} is no range; give a minimum below the maximum`);
  const low = roundOutward(min, -1);
  const high = max === -min && low !== undefined ? -low : roundOutward(max, 1);
  if (low === undefined || high === undefined)
    refuse(file, `${channel.name}: the range ${min} to ${max} does not fit 8 characters; choose a larger unit`);
  return { min: low, max: high };
}

/** Digital = physical * scale + offset. */
export function digitalScale(range: Range, digital_max: number): { scale: number; offset: number } {
  const scale = (2 * digital_max) / (range.max - range.min);
  return { scale, offset: -digital_max - range.min * scale };
}

function fitting(reach: number): Range {
  const limit = Math.min(reach, 9999999);
  return { min: -limit, max: limit };
}

/** The nearest number at or beyond `value` in `direction` whose text has at most 8 characters. */
function roundOutward(value: number, direction: 1 | -1): number | undefined {
  for (let decimals = 6; decimals >= 0; decimals--) {
    const nearest = Number(value.toFixed(decimals));
    const inside = direction * nearest < direction * value;
    const outward = inside ? Number((nearest + direction * 10 ** -decimals).toFixed(decimals)) : nearest;
    if (String(outward).length <= 8) return outward;
  }
  return undefined;
}
