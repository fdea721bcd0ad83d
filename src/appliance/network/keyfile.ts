// SPDX-License-Identifier: Apache-2.0
//
// Files of `[group]` and `key=value` lines as iwd and NetworkManager both read them, though each has its own parser.

export type Keyfile = Record<string, Record<string, string | number | boolean | undefined>>;

/** What is undefined is left out, and a group with nothing in it stays. */
export function formatKeyfile(file: Keyfile): string {
  return Object.entries(file)
    .map(([group, keys]) => {
      const lines = Object.entries(keys).filter(([, value]) => value !== undefined);
      return [`[${group}]`, ...lines.map(([key, value]) => `${key}=${escapeValue(String(value))}`)].join("\n");
    })
    .join("\n\n")
    .concat("\n");
}

const ESCAPES: Record<string, string> = { " ": "\\s", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\\": "\\\\" };

/** Both parsers drop white space at the edges of a value, and both know these five escapes anywhere in it. */
function escapeValue(value: string): string {
  return value.replace(/[\t\n\r\\]|^ +| +$/g, (found) => [...found].map((character) => ESCAPES[character]).join(""));
}
