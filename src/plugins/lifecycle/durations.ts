// SPDX-License-Identifier: Apache-2.0
//
// How long something took, the latest times of many.

const KEPT = 256;

export class Durations {
  #latest: number[] = [];
  #count = 0;
  #max_ms = 0;

  add(ms: number): void {
    this.#latest[this.#count++ % KEPT] = ms;
    this.#max_ms = Math.max(this.#max_ms, ms);
  }

  /** Since the beginning; quantiles of the latest. */
  summary(): { count: number; p50_ms: number; p99_ms: number; max_ms: number } {
    const sorted = this.#latest.toSorted((a, b) => a - b);
    const quantile = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0;
    return { count: this.#count, p50_ms: quantile(0.5), p99_ms: quantile(0.99), max_ms: this.#max_ms };
  }
}
