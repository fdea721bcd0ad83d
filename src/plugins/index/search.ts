// SPDX-License-Identifier: Apache-2.0
import type { IndexedPlugin } from "./index-file.ts";

/** Those in which every word is found, somewhere; what is called like a word comes first, then the best rated. */
export function search<T extends { plugin: IndexedPlugin }>(offers: Iterable<T>, text: string): T[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return [...offers]
    .map((offer) => ({ offer, ...scored(offer.plugin, words) }))
    .filter(({ isHit }) => isHit)
    .toSorted((a, b) => b.score - a.score || (a.offer.plugin.id < b.offer.plugin.id ? -1 : 1))
    .map(({ offer }) => offer);
}

function scored(plugin: IndexedPlugin, words: readonly string[]): { isHit: boolean; score: number } {
  const { id, name, description, type, category, capabilities, authors, rating } = plugin;
  const names = `${id} ${name}`.toLowerCase();
  const all = [names, description, type, category, ...capabilities, ...authors].join(" ").toLowerCase();
  const named = words.filter((word) => names.includes(word)).length;
  const exact = words.includes(id) ? 1 : 0;
  // A few good words are not worth as much as many: as if three more had said 3 of 5.
  const liked = rating ? (rating.mean * rating.count + 3 * 3) / (rating.count + 3) : 3;
  return { isHit: words.every((word) => all.includes(word)), score: exact * 1000 + named * 10 + liked };
}
