// SPDX-License-Identifier: Apache-2.0
import type { Measurement } from "./measurement.ts";

/** A line of the table that people read. */
export function describe({ name, unit, value, ...details }: Measurement): string {
  const words = Object.entries(details).map(([key, detail]) => detailWords(key, detail));
  return `  ${name.padEnd(32)}${short(value).padStart(8)} ${unit.padEnd(10)}  ${words.join("  ")}`.trimEnd();
}

const WORDS: Record<string, (value: number) => string> = {
  block_p50_us: (value) => `block p50 ${short(value).padStart(6)} us`,
  block_p99_us: (value) => `p99 ${short(value).padStart(6)} us`,
  p99_us: (value) => `p99 ${short(value).padStart(6)} us`,
  over_built_in_us: (value) => `${short(value)} us over built-in`,
  times_function_call: (value) => `x${short(value)} a function call`,
  times_pipe: (value) => `x${short(value)} a pipe`,
  block_frames: (value) => `of ${value} frames`,
  times_real_time: (value) => `${short(value)} x real time`,
};

function detailWords(key: string, detail: Measurement[string]): string {
  if (typeof detail === "object")
    return Object.entries(detail)
      .map(([id, share]) => `${id} ${Math.round(share * 100)} %`)
      .join(", ");
  if (typeof detail === "string") return detail;
  return WORDS[key]?.(detail) ?? `${key} ${short(detail)}`;
}

/** Three digits that count. */
function short(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
