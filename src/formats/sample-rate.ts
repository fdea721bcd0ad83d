// SPDX-License-Identifier: Apache-2.0

/** The plainest number (fewest decimals) within `tolerance` (relative) of a rate known only through rounded text:
 * 250.499998 Hz from a duration of `0.998004` s is 250.5 Hz. */
export function plainRate(rate_hz: number, tolerance: number): number {
  for (let decimals = 0; decimals <= 6; decimals++) {
    const plain = Number(rate_hz.toFixed(decimals));
    if (plain > 0 && Math.abs(plain - rate_hz) <= rate_hz * tolerance) return plain;
  }
  return rate_hz;
}

/** The rate that most signals have, of several the highest; undefined without signals. */
export function mainRate(rates: readonly number[]): number | undefined {
  const counts = new Map<number, number>();
  for (const rate of rates) counts.set(rate, (counts.get(rate) ?? 0) + 1);
  return [...counts].sort(([rateA, countA], [rateB, countB]) => countB - countA || rateB - rateA)[0]?.[0];
}
