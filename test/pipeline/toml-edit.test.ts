// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { stringify } from "smol-toml";
import type { Path } from "../../src/pipeline/document.ts";
import { readToml } from "../../src/pipeline/toml.ts";
import { editToml } from "../../src/pipeline/toml-edit.ts";
import { inlineToml } from "../../src/pipeline/toml-value.ts";

const HAND = `# my box
title = "Lab 3"   # keep

[plugins]
schema_version = 1

# the loud one
[[plugins.entries]]
id = "gain"
pinned = "1.0.0" # until Monday
mine = { note = "x" } # of mine

  [plugins.entries.config]
  # decibels
  gain_db = 6

[[plugins.entries]]
id = 'tone'
granted.network = true
granted.read = [
  "recordings:", # all
]

[other]
a = 1
`;

const cases: [string, Path, unknown, [string, string]][] = [
  ["a value in its place", ["plugins", "entries", 0, "pinned"], "2.0.0", ['"1.0.0" #', '"2.0.0" #']],
  ["a key less", ["plugins", "entries", 0, "pinned"], undefined, ['pinned = "1.0.0" # until Monday\n', ""]],
  ["in a table of its own", ["plugins", "entries", 0, "config", "gain_db"], -3, ["gain_db = 6", "gain_db = -3"]],
  ["one more there", ["plugins", "entries", 0, "config", "b c"], [1], ["gain_db = 6\n", 'gain_db = 6\n"b c" = [1]\n']],
  ["a key more", ["plugins", "entries", 0, "enabled"], false, ["# of mine\n", "# of mine\nenabled = false\n"]],
  [
    "beside dotted keys",
    ["plugins", "entries", 1, "granted", "threads"],
    true,
    ["]\n\n[o", "]\ngranted.threads = true\n\n[o"],
  ],
  ["a list over lines", ["plugins", "entries", 1, "granted", "read"], [], ['[\n  "recordings:", # all\n]', "[]"]],
  ["in an inline table", ["plugins", "entries", 0, "mine", "n"], 1, ['{ note = "x" }', '{ note = "x", n = 1 }']],
  [
    "a table that is not there",
    ["plugins", "entries", 1, "config", "x"],
    1,
    ["]\n\n[o", "]\nconfig = { x = 1 }\n\n[o"],
  ],
  ["an entry more", ["plugins", "entries", 2], { id: "c" }, ["]\n\n[o", ']\n\n[[plugins.entries]]\nid = "c"\n\n[o']],
  ["a table more", ["new", "a"], 1, ["a = 1\n", "a = 1\n\n[new]\na = 1\n"]],
];
test.each(cases)("%s: all else stays to the letter", (_, path, value, [was, is]) => {
  expect(HAND.split(was)).toHaveLength(2);
  expect(editToml(HAND, path, value)).toBe(HAND.replace(was, is));
});

test("an entry goes with its tables; comments of a person stay", () => {
  const left = editToml(HAND, ["plugins", "entries", 0], undefined);
  expect(left).not.toMatch(/gain"|gain_db|mine/);
  expect(left).toMatch(/# the loud one\n[\s]*# decibels\n/);
  expect(readToml(left, "").value).toMatchObject({ plugins: { entries: [{ id: "tone" }] } });
  const none = editToml(left, ["plugins", "entries", 0], undefined);
  expect(readToml(none, "").value).toEqual({ title: "Lab 3", plugins: { schema_version: 1 }, other: { a: 1 } });
});

test.each<string>(["", "\n", "# only a comment", "a = 1", "\ufeff", "[x]\r\ny = 1\r\n"])("into %j", (text) => {
  let edited = text;
  for (const [path, value] of [
    [["plugins", "schema_version"], 1],
    [["plugins", "entries", 0], { id: "gain" }],
    [["plugins", "entries", 1], { id: "tone" }],
    [["plugins", "entries", 0, "config"], { a: 1 }],
    [["top"], "x"],
  ] as [Path, unknown][])
    edited = editToml(edited, path, value);
  const { value } = readToml(edited, "");
  expect(value).toMatchObject({
    top: "x",
    plugins: { schema_version: 1, entries: [{ id: "gain", config: { a: 1 } }, {}] },
  });
  expect(edited).toContain(text.replace("\ufeff", "").trim());
});

test("the same again is the same text", () => {
  expect(editToml(HAND, ["plugins", "entries", 0, "config", "gain_db"], 6)).toBe(HAND);
  expect(editToml(HAND, ["plugins", "nothing"], undefined)).toBe(HAND);
});

const text = (maxLength: number) => fc.string({ maxLength, unit: "binary" }).filter((it) => it.isWellFormed());
const key = fc.oneof(fc.constantFrom("a", "b", "id", "config", "x y", "é", "a.b", "__proto__"), text(5));
const leaf = fc.oneof(
  text(12),
  fc.integer(),
  fc.boolean(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.array(fc.integer(), { maxLength: 3 }),
  fc.array(text(4), { maxLength: 3 }),
);

describe("whatever a person wrote", () => {
  const map = (depth: number): fc.Arbitrary<Record<string, unknown>> =>
    fc.dictionary(key, depth === 0 ? leaf : fc.oneof(leaf, map(depth - 1)), { maxKeys: 4, noNullPrototype: true });
  const entry = fc.tuple(fc.constantFrom("gain", "tone"), map(1)).map(([id, rest]) => ({ ...rest, id }));
  const document = fc
    .tuple(map(2), fc.array(entry, { maxLength: 3 }), map(1))
    .map(([rest, entries, plugins]) => ({ ...rest, plugins: { ...plugins, entries } }));
  const spots = fc.array(fc.tuple(fc.nat(40), fc.constantFrom("# one", "", "  # two = [", "\t# [x]")), {
    maxLength: 5,
  });
  const order = fc.tuple(fc.nat(4), key, fc.oneof(leaf, map(1), fc.constant(undefined)), fc.boolean());

  test("10,000 documents: the change is what was asked for, and nothing else changes", () => {
    let edits = 0;
    fc.assert(
      fc.property(document, spots, fc.array(order, { minLength: 1, maxLength: 4 }), (value, spots, orders) => {
        const lines = stringify(value).split("\n");
        const comments = spots.filter(([at, comment]) => {
          if (at <= lines.length) lines.splice(at, 0, comment);
          return at <= lines.length;
        });
        let now = lines.join("\n");
        for (const [at, name, to, isDeep] of orders) {
          const entries = (readToml(now, "").value as { plugins?: { entries?: object[] } }).plugins?.entries ?? [];
          const index = Math.min(at, entries.length);
          const isNew = index === entries.length;
          const path: Path = ["plugins", "entries", index, ...(isNew ? [] : isDeep ? ["config", name] : [name])];
          const before = readToml(now, "").value;
          if (isNew && (typeof to !== "object" || Array.isArray(to))) continue;
          if (isDeep && !isNew && !isTable((entries[index] as { config?: unknown }).config ?? {})) continue;
          now = editToml(now, path, to);
          const after = readToml(now, "").value;
          expect(valueAt(after, path)).toEqual(to === undefined ? undefined : to);
          expect(withoutEntries(after)).toEqual(withoutEntries(before));
          edits++;
        }
        expect(now.split("# one").length).toBeGreaterThanOrEqual(comments.filter(([, it]) => it === "# one").length);
      }),
      { numRuns: 10_000 },
    );
    expect(edits).toBeGreaterThan(5000);
  }, 120_000);

  test("values come back as they were", () => {
    fc.assert(
      fc.property(fc.oneof(leaf, map(1)), (value) => {
        expect(readToml(`a = ${inlineToml(value)}`, "").value).toEqual({ a: value });
      }),
      { numRuns: 2000 },
    );
  });
});

function isTable(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// biome-ignore lint/suspicious/noExplicitAny: a path through anything
function valueAt(value: any, path: Path): unknown {
  return path.reduce(
    (inner, step) => (inner !== undefined && Object.hasOwn(inner, step) ? inner[step] : undefined),
    value,
  );
}

function withoutEntries(value: unknown): unknown {
  const { plugins, ...rest } = value as { plugins?: { entries?: unknown } };
  const { entries: _, ...others } = plugins ?? {};
  return { ...rest, others };
}
