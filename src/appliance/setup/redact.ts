// SPDX-License-Identifier: Apache-2.0
//
// A set-up file without the secrets that the box has taken over. All else stays as its author wrote it: comments, order,
// spaces, line ends.
import type { Path } from "../../pipeline/document.ts";
import type { TomlDocument } from "../../pipeline/toml.ts";

/** `text` with each of these keys turned into a comment. Of `tidy`, of the same length, `document` was read. */
export function redact(text: string, document: TomlDocument, secrets: readonly Path[]): string {
  const found = secrets.flatMap((path) => {
    const pair = document.pair(path);
    return pair ? [{ ...pair, name: path.join(".") }] : [];
  });
  const lineEnd = /\r\n|\r|\n/.exec(text)?.[0] ?? "\n";
  let redacted = text;
  // From the end on, so that the offsets before it stay right.
  for (const { start, end, name } of found.toSorted((a, b) => b.start - a.start)) {
    const before = redacted.slice(0, start);
    const after = redacted.slice(end);
    if (isOwnLine(before, after)) redacted = `${before}${comment(name)}${after}`;
    else redacted = `${closed(withoutComma(before, after), lineEnd)}${comment(name)}${lineEnd}`;
  }
  return redacted;
}

function comment(name: string): string {
  const key = name.split(".").at(-1);
  return `# ${key}: the box has taken it over, so it stands here no more; to change it, write ${key} = "..." again`;
}

function isOwnLine(before: string, after: string): boolean {
  return /(^|[\r\n])\ufeff?\s*$/.test(before) && /^[^\S\r\n]*(#|\r|\n|$)/.test(after);
}

/** For `{ ssid = "...", password = "..." }`: one comma goes with it. */
function withoutComma(before: string, after: string): string {
  const rest = after.replace(/^\s*[,，]\s*/, "");
  return rest.length < after.length ? before + rest : before.replace(/\s*[,，]?\s*$/, "") + after;
}

function closed(text: string, lineEnd: string): string {
  return /[\r\n]$/.test(text) ? text : text + lineEnd;
}
