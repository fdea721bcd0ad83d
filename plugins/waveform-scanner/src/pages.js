// SPDX-License-Identifier: Apache-2.0
//
// Events have 64 KB at most, answers 128 KB: so many characters fit, of three bytes each.
const MOST_CHARS = 20_000;

/** The first that fit on a page, from `offset` on. */
export function pageFrom(items, offset) {
  let chars = 0;
  let end = offset;
  while (end < items.length) {
    chars += JSON.stringify(items[end]).length + 1;
    if (end > offset && chars > MOST_CHARS) break;
    end++;
  }
  return items.slice(offset, end);
}

export function pagesOf(items) {
  const pages = [];
  for (let at = 0; at < items.length; at += pages.at(-1).length) pages.push(pageFrom(items, at));
  return pages;
}
