// SPDX-License-Identifier: Apache-2.0

/** What is new, changed or gone between two looks. */
export function changes(before, after) {
  const key = ({ folder, path }) => JSON.stringify([folder, path]);
  const known = new Map(before.map((it) => [key(it), it]));
  const news = [];
  for (const it of after) {
    const old = known.get(key(it));
    known.delete(key(it));
    if (!old) news.push({ change: "new", ...it });
    else if (old.bytes !== it.bytes || old.modified_ms !== it.modified_ms) news.push({ change: "changed", ...it });
  }
  for (const it of known.values()) news.push({ change: "gone", ...it });
  return news;
}
