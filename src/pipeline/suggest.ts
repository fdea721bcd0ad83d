// SPDX-License-Identifier: Apache-2.0
import { either, quote } from "./words.ts";

const LONGEST = 64;
const SHORTEST_PREFIX = 3;
const LISTED = 12;

/** The candidate that `name` was probably meant to be: one that begins like it, or a few slips of the keyboard away. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > LONGEST) return undefined;
  const wanted = name.toLowerCase();
  const slips = Math.max(1, Math.floor(wanted.length / 3));
  let best: string | undefined;
  let bestScore = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const found = candidate.toLowerCase();
    const distance = editDistance(wanted, found);
    const prefix = wanted.length >= SHORTEST_PREFIX && (found.startsWith(wanted) || wanted.startsWith(found));
    if (distance > slips && !prefix) continue;
    const score = distance - (prefix ? slips : 0) - commonPrefix(wanted, found) / LONGEST;
    if (score < bestScore) [best, bestScore] = [candidate, score];
  }
  return best;
}

/** The remedy for an unknown name: `did you mean "notch"?`, or what there is to choose from. */
export function suggestion(name: string, candidates: Iterable<string>): string {
  const all = [...candidates];
  const near = nearest(name, all);
  if (near !== undefined) return `did you mean ${quote(near)}?`;
  if (all.length === 0) return "there is none";
  const more = all.length > LISTED ? [`${all.length - LISTED} others`] : [];
  return `choose ${either([...all.slice(0, LISTED), ...more])}`;
}

/** Slips of the keyboard between two words: letters left out, put in, changed, or two neighbours swapped
 * (optimal string alignment: Damerau 1964). */
export function editDistance(a: string, b: string): number {
  let [before, above] = [[] as number[], Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = (above[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let cost = Math.min(changed, (above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      }
      row.push(cost);
    }
    [before, above] = [above, row];
  }
  return above[b.length] ?? 0;
}

function commonPrefix(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}
