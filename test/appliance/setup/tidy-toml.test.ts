// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parse } from "smol-toml";
import { tidyToml } from "../../../src/appliance/setup/tidy-toml.ts";

const read = (text: string) => parse(tidyToml(text).text) as Record<string, unknown>;

describe("what editors do to quotes", () => {
  test.each([
    ["a = “x”", "x"],
    ["a = „x“", "x"],
    ["a = ”x”", "x"],
    ["a = «x»", "x"],
    ["a = »x«", "x"],
    ["a = ‘x’", "x"],
    ["a = ‚x‘", "x"],
    ["a = ＂x＂", "x"],
    ['a = “x"', "x"],
    ['a = "x”', "x"],
    ["a = 'x’ # mine", "x"],
    ["a = “x” # “y”", "x"],
    ["a = “it’s”", "it’s"],
    ["a = “say “so””", "say “so”"],
    ['a = “5" disk”', '5" disk'],
    ["a = ‘it's’", "it's"],
    ["a = “a # b”", "a # b"],
    ["a = “x, y”, # z", undefined],
    ["“a” = “x”", "x"],
    ["“a”=“x”", "x"],
    ["a = [“x”, “y”]", ["x", "y"]],
    ["a = { b = “x”, c = “y” }", { b: "x", c: "y" }],
  ])("%s", (text, value) => {
    if (value === undefined) expect(() => read(text)).toThrow();
    else expect(read(text).a).toEqual(value);
  });

  test.each([
    'a = "pa”ss“wörd"',
    "a = '“x”'",
    'a = "\\"“"',
    'a = """\n“x”\u00a0\n"""',
    "a = '''‘'''",
    'a = "x\u00a0y＝z"',
    'a = "nbsp\u00a0\u200b"',
  ])("what stands in ordinary quotes stays: %s", (text) => {
    expect(tidyToml(text)).toEqual({ text, notes: [] });
  });
});

test.each([
  ["a\u00a0=\u00a0“x”", "x"],
  ["a＝1", 1],
  ["\u3000a ＝ [1，2]", [1, 2]],
  ["\ufeffa = 1", 1],
  ["a = 1\rb = 2\r", 1],
  ["a = 1 ＃ one", 1],
  ["\ta\t=\t1", 1],
])("%j", (text, value) => {
  expect(read(text).a).toEqual(value);
});

test("a note says what was odd, and where", () => {
  const { notes } = tidyToml("a = “x”\r\nb = 1\r\nc = „y“\r\n\u00a0d = 2\r\n");
  expect(notes).toEqual([
    "lines 1, 3: typographic quotes were read as \" and '",
    "line 4: spaces that are not plain ones were read as plain ones",
  ]);
});

test("an old Mac's line ends count as lines", () => {
  expect(tidyToml("a = 1\rb = 2\rc = “x”\r").notes.at(-1)).toStartWith("line 3: typographic");
});

const pieces = fc.constantFrom(
  ..."“”„«»‘’‚＂＝，＃\u00a0\u200b\ufeff\r\n\t '\"#=[]{},\\ab1".split(""),
  '"""',
  "'''",
  "\r\n",
);
const soup = fc.array(pieces, { maxLength: 60 }).map((parts) => parts.join(""));

test("any text keeps its length, and each of its lines its place", () => {
  fc.assert(
    fc.property(fc.oneof(soup, fc.string({ unit: "binary" })), (text) => {
      const tidy = tidyToml(text).text;
      expect(tidy).toHaveLength(text.length);
      const lines = (it: string) => it.split(/\r\n|\r|\n/).map((line) => line.length);
      expect(lines(tidy)).toEqual(lines(text));
    }),
    { numRuns: 2000 },
  );
});

test("TOML as it should be is left alone, whatever its texts hold", () => {
  const text = fc.oneof(soup, fc.string({ unit: "grapheme" })).map((it) => JSON.stringify(it).replaceAll("\u007f", ""));
  fc.assert(
    fc.property(fc.array(text, { maxLength: 5 }), (texts) => {
      const toml = texts.map((it, index) => `key_${index} = ${it} # ${index}\n`).join("");
      expect(tidyToml(toml)).toEqual({ text: toml, notes: [] });
    }),
    { numRuns: 500 },
  );
});

test("typographic quotes in plenty take no time to speak of", () => {
  const began = performance.now();
  tidyToml(`a = ${"“".repeat(60_000)}`);
  tidyToml("“x\r".repeat(20_000));
  expect(performance.now() - began).toBeLessThan(20_000);
});
