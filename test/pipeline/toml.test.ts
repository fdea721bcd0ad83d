// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parse } from "smol-toml";
import type { Path } from "../../src/pipeline/document.ts";
import { readToml, TOML_LIMITS } from "../../src/pipeline/toml.ts";
import { problemsOf, refused } from "./refused.fixture.ts";

const MINUTE = 60_000;

const TEXT = `# [not.a.table]
id = "gain" # id = 2
a . "b.c" = 'x = 1'
list = [
  "[x]", # ]
  { k = 1, "q\\u0041" = [2, 3] },
]
text = """
[fake]
y = 1 \\"""
""""
[requires]
abi = "1.0"
[stages.gain]
name = '''it''s'''
[[stages.gain.params]]
id = "one"
[[stages.gain.params]]
id = "two"
[[stages.gain.params.deep]]
z = 1979-05-27 07:32:00Z
[stages.other]
role = "sink"
`;

describe("positions", () => {
  const document = readToml(TEXT, "plugin.toml");

  test.each([
    [["id"], 2, 6],
    [["a", "b.c"], 3, 13],
    [["list"], 4, 8],
    [["list", 0], 5, 3],
    [["list", 1], 6, 3],
    [["list", 1, "k"], 6, 9],
    [["list", 1, "qA", 1], 6, 28],
    [["text"], 8, 8],
    [["requires"], 12, 1],
    [["requires", "abi"], 13, 7],
    [["stages"], 14, 1],
    [["stages", "gain", "name"], 15, 8],
    [["stages", "gain", "params", 1], 18, 1],
    [["stages", "gain", "params", 1, "id"], 19, 6],
    [["stages", "gain", "params", 1, "deep", 0, "z"], 21, 5],
    [["stages", "other", "role"], 23, 8],
  ])("%p stands at %p:%p", (path, line, column) => {
    expect(document.place(path)).toMatchObject({ file: "plugin.toml", line, column });
  });

  test("a key stands before its value", () => {
    expect(document.place(["stages", "gain", "params", 0, "id"], "key")).toMatchObject({ line: 17, column: 1 });
  });

  test("what is not there is placed at what surrounds it, with a pointer of its own", () => {
    expect(document.place(["requires", "a/b"])).toEqual({
      file: "plugin.toml",
      line: 12,
      column: 1,
      field: "/requires/a~1b",
    });
  });

  test("Windows line ends and a byte order mark make no difference", () => {
    const marked = readToml(`\ufeff${TEXT.replaceAll("\n", "\r\n")}`, "plugin.toml");
    expect(marked.place(["stages", "other", "role"])).toMatchObject({ line: 23, column: 8 });
  });
});

const bare = fc.stringMatching(/^[A-Za-z0-9_-]{1,6}$/);
const key = fc.oneof(bare, fc.constantFrom("a.b", '"', "'", "#", "[x]", "", "é", "__proto__", "=", " "));
const writtenKey = (name: string) => (/^[\w-]+$/.test(name) ? name : JSON.stringify(name));

interface Leaf {
  path: Path;
  offset: number;
  value: number;
}

/** Each leaf is a number of its own, so that whoever stands at the wrong one is found out. */
class Writer {
  text = "";
  readonly leaves: Leaf[] = [];

  leaf(path: Path): void {
    const value = this.leaves.length;
    this.leaves.push({ path, offset: this.text.length, value });
    this.text += `${value}`;
  }

  value(shape: Shape, path: Path): void {
    if (shape === "leaf") this.leaf(path);
    else if (typeof shape === "string") this.text += shape;
    else if (Array.isArray(shape)) {
      this.text += "[ # ]\n";
      for (const [index, inner] of shape.entries()) {
        this.value(inner, [...path, index]);
        this.text += ",\n";
      }
      this.text += "]";
    } else {
      this.text += "{ ";
      for (const [index, [name, inner]] of Object.entries(shape).entries()) {
        this.text += `${index > 0 ? ", " : ""}${writtenKey(name)} = `;
        this.value(inner, [...path, name]);
      }
      this.text += " }";
    }
  }
}

type Shape = "leaf" | string | Shape[] | { [key: string]: Shape };

const noise = fc.constantFrom(
  '"a # b"',
  "'[t]'",
  '"""\nx = 1\n"""',
  "'''''q'''''",
  '"""""q"""""',
  '"\\""',
  "1979-05-27 07:32:00",
  "-inf",
);
const { shape } = fc.letrec<{ shape: Shape }>((tie) => ({
  shape: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constant("leaf" as const),
    noise,
    fc.array(tie("shape"), { maxLength: 4 }),
    fc.dictionary(key, tie("shape"), { maxKeys: 4 }),
  ),
}));

/** Keys at the top, then tables and lists of tables, none of whose names meet. */
const documents = fc
  .record({
    top: fc.dictionary(key, shape, { maxKeys: 4 }),
    tables: fc.array(
      fc.record({
        name: fc.array(key, { minLength: 1, maxLength: 3 }),
        rows: fc.nat(2),
        keys: fc.dictionary(key, shape, { maxKeys: 3 }),
      }),
      { maxLength: 4 },
    ),
  })
  .map(({ top, tables }) => {
    const writer = new Writer();
    const pairs = (keys: Record<string, Shape>, path: Path) => {
      for (const [name, inner] of Object.entries(keys)) {
        writer.text += `  ${writtenKey(name)}\t= `;
        writer.value(inner, [...path, name]);
        writer.text += " # x = [1]\n\n";
      }
    };
    pairs(top, []);
    for (const [index, { name, rows, keys }] of tables.entries()) {
      const path = [`table ${index}`, ...name];
      const header = path.map((it) => writtenKey(String(it))).join(" . ");
      if (rows === 0) {
        writer.text += `[ ${header} ]\n`;
        pairs(keys, path);
      }
      for (let row = 0; row < rows; row++) {
        writer.text += `[[${header}]]\n`;
        pairs(keys, [...path, row]);
      }
    }
    return writer;
  });

test(
  "every value of a random document is found where it was written",
  () => {
    let leaves = 0;
    fc.assert(
      fc.property(documents, (writer) => {
        const document = readToml(writer.text, "");
        for (const { path, offset, value } of writer.leaves) {
          leaves++;
          const before = writer.text.slice(0, offset).split("\n");
          expect(document.place(path)).toMatchObject({ line: before.length, column: (before.at(-1)?.length ?? 0) + 1 });
          expect(path.reduce<unknown>((at, step) => Reflect.get(at as object, step), document.value)).toBe(value);
        }
      }),
      { numRuns: 300 },
    );
    expect(leaves).toBeGreaterThan(300);
  },
  MINUTE,
);

test(
  "random bytes are refused with their place, or read",
  () => {
    const pieces = fc.constantFrom(
      ..."[]{}=,.#\"'\\\n\r\t ".split(""),
      ...[
        '"""',
        "'''",
        "a",
        "1",
        "[[",
        "]]",
        "\r\n",
        "\0",
        "\ufeff",
        "\ud800",
        "1979-05-27",
        "12:00",
        "inf",
        "0x",
        "é",
      ],
    );
    const soup = fc.oneof(
      fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join("")),
      fc.string({ unit: "binary" }),
    );
    fc.assert(
      fc.property(soup, (text) => {
        for (const problem of problemsOf(() => readToml(text, "a").place(["a", 0, "b"])))
          expect(problem).toMatchObject({ file: "a", line: expect.any(Number), column: expect.any(Number) });
      }),
      { numRuns: 3000 },
    );
  },
  MINUTE,
);

describe("refused", () => {
  test.each([
    ["id = \n", ["a:1:6: not TOML: invalid value"]],
    ["a = 1\na = 2\n", ["a:2:1: not TOML: trying to redefine an already defined table or value"]],
    ["n = 9007199254740993\n", ["a:1:5: not TOML: integer value cannot be represented losslessly"]],
  ])("%j", (text, problems) => {
    expect(refused(() => readToml(text, "a"))).toEqual(problems);
  });

  const fill = (pattern: string) => pattern.repeat(Math.floor((TOML_LIMITS.bytes - 16) / pattern.length));

  test.each([
    ["lists", `a = ${fill("[")}`],
    ["tables", `a = ${fill("{a=")}`],
    ["dots", `a${fill(".a")} = 1`],
    ["dots in a header", `[a${fill(".a")}]`],
  ])("nested too deep: %s", (_, text) => {
    expect(refused(() => readToml(text, "a")).join()).toMatch(/nested|excessively/);
  });

  test("too long", () => {
    expect(refused(() => readToml("é".repeat(40_000), "a"))).toEqual(["a: has 80000 bytes; at most 65536 are allowed"]);
  });
});

test("a date is text: it cannot pass for a table", () => {
  expect(readToml("a = 1979-05-27\n", "").value).toEqual({ a: "1979-05-27" });
});

test("__proto__ is a key like any other", () => {
  const { value } = readToml("[__proto__]\npolluted = true\n", "");
  expect(Object.keys(value as object)).toEqual(["__proto__"]);
  expect(parse("a = 1")).not.toHaveProperty("polluted");
  expect((value as { polluted?: boolean }).polluted).toBeUndefined();
});
