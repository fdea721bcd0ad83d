// SPDX-License-Identifier: Apache-2.0
import { plainRate } from "./sample-rate.ts";

/** Intervals that the typical one is taken from. */
const SAMPLE_INTERVALS = 4096;
const MAX_GAPS = 100_000;
/** More intervals than this share that look like gaps are jitter. */
const JITTER_SHARE = 0.05;

/** Learns rate and gaps from the times of successive rows, seconds or (in epoch times) ms, us or ns. */
export class TimeColumn {
  /** Of the first row, if times count from 1970. */
  start?: Date;
  readonly #scale_hint: number | undefined;
  #scale = 1;
  #first_s = Number.NaN;
  #last_s = Number.NaN;
  #rows = 0;
  #decimals = 0;
  #interval_s: number | undefined;
  readonly #early: { interval_s: number; row: number }[] = [];
  #regular_s = 0;
  #regular = 0;
  #gapCount = 0;
  readonly #gaps: { frame: number; interval_s: number }[] = [];

  /** `scale`: seconds in the column's unit, where its name says so. */
  constructor(scale?: number) {
    this.#scale_hint = scale;
  }

  add(cell: string, row: number): void {
    const value = Number(cell);
    if (cell.trim() === "" || !Number.isFinite(value)) return;
    if (this.#rows === 0) {
      this.#scale = this.#scale_hint ?? epochScale(value);
      if (value * this.#scale > 1e8) this.start = new Date(value * this.#scale * 1000);
    }
    const time_s = value * this.#scale;
    this.#decimals = Math.max(this.#decimals, (cell.trim().split(".")[1] ?? "").length);
    if (this.#rows === 0) this.#first_s = time_s;
    else this.#addInterval(time_s - this.#last_s, row);
    this.#last_s = time_s;
    this.#rows++;
  }

  finish(known_rate_hz?: number): { rate_hz?: number; gaps: { frame: number; lost: number }[]; notice?: string } {
    const known = known_rate_hz ? { rate_hz: known_rate_hz } : {};
    if (this.#rows < 2) return { ...known, gaps: [] };
    this.#settle();
    const span_s = this.#last_s - this.#first_s;
    const resolution_s = this.#scale * 10 ** -this.#decimals;
    const tolerance = Math.max(1e-9, resolution_s / span_s);
    const plain = (rate_hz: number) =>
      rate_hz > 0 && Number.isFinite(rate_hz) ? { rate_hz: plainRate(rate_hz, tolerance) } : {};
    if (this.#regular === 0 || this.#gapCount > Math.max(2, this.#rows * JITTER_SHARE)) {
      const rate = known_rate_hz ? known : plain((this.#rows - 1) / span_s);
      return { ...rate, gaps: [], notice: "the time column jitters; gaps in it are not looked for" };
    }
    const rate = known_rate_hz ? known : plain(this.#regular / this.#regular_s);
    const rate_hz = rate.rate_hz ?? 0;
    const gaps = this.#gaps.map(({ frame, interval_s }) => ({ frame, lost: Math.round(interval_s * rate_hz) - 1 }));
    return { ...rate, gaps: gaps.filter(({ lost }) => lost > 0 && Number.isSafeInteger(lost)) };
  }

  #addInterval(interval_s: number, row: number): void {
    if (this.#interval_s !== undefined) this.#judge(interval_s, row);
    else if (this.#early.push({ interval_s, row }) === SAMPLE_INTERVALS) this.#settle();
  }

  /** Takes the median of the intervals so far for the typical one. */
  #settle(): void {
    if (this.#interval_s !== undefined) return;
    const sorted = this.#early.map(({ interval_s }) => interval_s).sort((a, b) => a - b);
    this.#interval_s = sorted[Math.floor(sorted.length / 2)] ?? 0;
    for (const { interval_s, row } of this.#early) this.#judge(interval_s, row);
  }

  #judge(interval_s: number, row: number): void {
    const typical_s = this.#interval_s ?? 0;
    if (interval_s > 0 && interval_s <= 1.5 * typical_s) {
      this.#regular_s += interval_s;
      this.#regular++;
    } else {
      this.#gapCount++;
      if (interval_s > 0 && this.#gaps.length < MAX_GAPS) this.#gaps.push({ frame: row, interval_s });
    }
  }
}

/** Seconds in the unit of a time that counts from 1970: s, ms, us or ns by its size. */
export function epochScale(value: number): number {
  if (value < 1e11) return 1;
  if (value < 1e14) return 1e-3;
  return value < 1e17 ? 1e-6 : 1e-9;
}
