// SPDX-License-Identifier: Apache-2.0
//
// What becomes of a text when somebody slips, an editor has its own mind, or a card goes bad.
import fc from "fast-check";

/** One change of a text; `place` is a part of its length. */
interface Mutation {
  what: (typeof WHAT)[number];
  place: number;
  other: number;
  token: string;
}

const WHAT = ["insert", "delete", "replace", "drop line", "repeat line", "move line", "cut off", "line ends"] as const;
const TOKENS = [
  ...["=", '"', "'", '"""', "[", "]", "[[", "]]", "{", "}", ",", ".", "#", "\n", "\r\n", "\t", " ", "\\", "\\u0000"],
  ...[
    "true",
    "-1",
    "1e999",
    "nan",
    "inf",
    "0x7fffffffffffffff",
    "9".repeat(30),
    "1979-05-27T07:32:00Z",
    "id",
    "\ufeff",
  ],
  ...[
    "__proto__",
    "[plugins]",
    "[[plugins.entries]]",
    "[runtime]",
    "entries = 1",
    "schema_version = 9",
    "\u0000",
    "ä",
    "💡",
  ],
];

/** `text` after a few of them. */
export function mutated(text: fc.Arbitrary<string>, most = 4): fc.Arbitrary<string> {
  const part = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  const mutation = fc.record({
    what: fc.constantFrom(...WHAT),
    place: part,
    other: part,
    token: fc.oneof(fc.constantFrom(...TOKENS), fc.string({ unit: "binary", maxLength: 3 })),
  });
  return fc
    .tuple(text, fc.array(mutation, { minLength: 1, maxLength: most }))
    .map(([text, mutations]) => mutations.reduce(mutate, text).toWellFormed());
}

function mutate(text: string, { what, place, other, token }: Mutation): string {
  const at = Math.floor(place * (text.length + 1));
  const lines = text.split("\n");
  const line = Math.floor(place * lines.length);
  const [own = ""] = lines.slice(line);
  switch (what) {
    case "insert":
      return text.slice(0, at) + token + text.slice(at);
    case "delete":
      return text.slice(0, at) + text.slice(at + 1 + Math.floor(other * 8));
    case "replace":
      return text.slice(0, at) + token + text.slice(at + token.length);
    case "drop line":
      return lines.toSpliced(line, 1).join("\n");
    case "repeat line":
      return lines.toSpliced(line, 0, own).join("\n");
    case "move line":
      return lines
        .toSpliced(line, 1)
        .toSpliced(Math.floor(other * lines.length), 0, own)
        .join("\n");
    case "cut off":
      return text.slice(0, at);
    case "line ends":
      return text.replaceAll("\n", "\r\n");
  }
}
