// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { LIMITS } from "../../src/pipeline/limits.ts";
import { parse } from "../../src/pipeline/parse.ts";
import { refused } from "./refused.fixture.ts";

const refusedText = (text: string) => refused(() => parse(text, "a.yaml"));

describe("positions", () => {
  const document = parse(
    "schema: 1\nstages:\n  - { id: notch, type: notch }\n  - id: band\n    params:\n      low_hz: 1\n",
    "a.yaml",
  );

  test.each([
    [["schema"], 1, 9],
    [["stages", 0], 3, 5],
    [["stages", 0, "type"], 3, 24],
    [["stages", 1, "params", "low_hz"], 6, 15],
  ])("%p stands at %p:%p", (path, line, column) => {
    expect(document.place(path)).toMatchObject({ file: "a.yaml", line, column });
  });

  test("a key stands before its value", () => {
    expect(document.place(["stages", 1, "params", "low_hz"], "key")).toMatchObject({ line: 6, column: 7 });
  });

  test("what is not there is placed at what surrounds it", () => {
    expect(document.place(["stages", 0, "params", "freq_hz"])).toMatchObject({ line: 3, column: 5 });
  });

  test("a pointer goes with the line", () => {
    expect(document.place(["stages", 1, "a/b"]).field).toBe("/stages/1/a~1b");
  });

  test("Windows line ends and a byte order mark make no difference", () => {
    const marked = parse("\ufeffschema: 1\r\nname: x\r\n", "a.yaml");
    expect(marked.value).toEqual({ schema: 1, name: "x" });
    expect(marked.place(["name"])).toMatchObject({ line: 2, column: 7 });
  });
});

test("JSON is YAML", () => {
  const value = { schema: 1, stages: [{ id: "a", params: { bands: { alpha: [8, 13] } } }], on: true, off: null };
  expect(parse(JSON.stringify(value), "a.yaml").value).toEqual(value);
});

test("words of YAML 1.1 are plain text, whatever the file claims", () => {
  expect(parse("a: yes\nb: 12:30\nc: 010\n", "a.yaml").value).toEqual({ a: "yes", b: "12:30", c: 10 });
  expect(parse("%YAML 1.1\n---\na: yes\n", "a.yaml").value).toEqual({ a: "yes" });
});

test("__proto__ is a key like any other", () => {
  const { value } = parse("__proto__: { polluted: true }\n", "a.yaml");
  expect(Object.keys(value as object)).toEqual(["__proto__"]);
  expect((value as { polluted?: boolean }).polluted).toBeUndefined();
});

describe("refused", () => {
  test.each([
    ["a: 1\nb: 2\na: 3\n", ['a.yaml:3:1: "a" stands here a second time; keep one']],
    ["a:\n\t- b\n", ["a.yaml:2:1: a tab cannot indent; use spaces"]],
    ["a: 1\n---\nb: 2\n", ["a.yaml:2:1: a second document begins here; keep one pipeline a file"]],
    ["a: &x 1\nb: *x\n", ["a.yaml:2:4: aliases (*name) are not allowed here; write the value out"]],
    ["a: !secret x\n", ["a.yaml:1:4: tags (!name) are not allowed here; write the plain value"]],
    [
      "a: [1,\n",
      ["a.yaml:2:1: not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]"],
    ],
  ])("%j", (text, problems) => {
    expect(refusedText(text)).toEqual(problems);
  });

  test("everything that is wrong is said at once", () => {
    expect(refusedText("a: 1\na: *x\nb: { c: *y }\n")).toHaveLength(3);
  });

  test("a merge key", () => {
    expect(refusedText("base: &base { a: 1 }\nc:\n  <<: *base\n")).toEqual([
      "a.yaml:3:7: aliases (*name) are not allowed here; write the value out",
    ]);
  });

  test("aliases that would unfold to a billion", () => {
    const bomb = [
      "a0: &a0 x",
      ...Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i}, `.repeat(9)}]`),
    ];
    expect(refusedText(bomb.join("\n"))).toHaveLength(LIMITS.problems);
  });
});

describe("hostile text costs milliseconds", () => {
  const most = LIMITS.yaml_chars;
  const fill = (pattern: string) => pattern.repeat(Math.ceil(most / pattern.length)).slice(0, most);
  const indented = Array.from({ length: 100 }, (_, i) => `${" ".repeat(i)}a:\n`).join("");
  const keys = Array.from({ length: 30_000 }, (_, i) => `${i.toString(36)}: 1\n`).join("");

  /** Processor time, as other work on the machine must not fail a test. */
  const costOf = (text: string) => {
    const begin = process.cpuUsage();
    const problems = refusedText(text);
    const { user, system } = process.cpuUsage(begin);
    return { problems, milliseconds: (user + system) / 1000 };
  };

  test.each(["[", "{a: ", "- ", "? ", ": ", "[,", indented])("nested too deep: %j", (pattern) => {
    const { problems, milliseconds } = costOf(fill(pattern));
    expect(problems).toEqual([expect.stringContaining("nested more than 32 deep; a pipeline needs 8 levels at most")]);
    expect(milliseconds).toBeLessThan(200);
  });

  test.each([
    ...["&a ", "!a ", "#\n", "---\n", '"\\q', "'", "%a b\n", "\n", "a\n"].map((it) => [it, fill(it)]),
    ["many keys", keys],
    ["many commas", `[${fill(",")}`.slice(0, most)],
  ])("full of %j", (_, text) => {
    const { problems, milliseconds } = costOf(text);
    expect(problems.length).toBeLessThanOrEqual(LIMITS.problems);
    expect(milliseconds).toBeLessThan(3000);
  });

  test("a megabyte of nesting is too long to be looked at", () => {
    expect(refusedText("[".repeat(2 ** 20))).toEqual(["a.yaml: has 1048576 characters; at most 262144 are allowed"]);
  });
});
