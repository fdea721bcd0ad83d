// SPDX-License-Identifier: Apache-2.0
//
// What a schema says of a payload, against an independent validator; and what is refused before a schema is asked.
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import { stringify } from "smol-toml";
import { readJson } from "../../../src/plugins/bus/message.ts";
import { payloadProblems } from "../../../src/plugins/bus/payload.ts";
import { parseManifest } from "../../../src/plugins/manifest/parse.ts";
import type { PayloadSchema } from "../../../src/plugins/manifest/payload-schema.ts";
import { problemsOf } from "../folders.fixture.ts";
import { LEAST, manifest } from "../manifest.fixture.ts";

const CHECK = join(import.meta.dir, "../manifest/schema-check.py");
const hasValidator = Bun.spawnSync(["python3", "-c", "import jsonschema"]).success;
if (!hasValidator) console.log("skipped: payloads against jsonschema: there is no python3-jsonschema");

const name = fc.constantFrom("a", "b", "c");
const words = fc.uniqueArray(name, { minLength: 1, maxLength: 3 });
const small = fc.integer({ min: 0, max: 4 });
/** A schema of some of these keywords, a few at a time, so that there is something to accept. */
function someOf(keywords: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<PayloadSchema> {
  return fc
    .tuple(fc.record(keywords), fc.shuffledSubarray(Object.keys(keywords), { maxLength: 3 }))
    .map(([all, kept]) => Object.fromEntries(kept.map((keyword) => [keyword, all[keyword]])));
}

function schemas(depth: number): fc.Arbitrary<PayloadSchema> {
  const inner = depth > 0 ? schemas(depth - 1) : fc.constant({});
  return someOf({
    type: fc.constantFrom("object", "array", "string", "number", "integer", "boolean", "null"),
    properties: fc.dictionary(name, inner, { maxKeys: 2, noNullPrototype: true }),
    required: words,
    additionalProperties: fc.boolean(),
    items: inner,
    enum: fc.uniqueArray(fc.oneof(name, small, fc.boolean()), { minLength: 1, maxLength: 3 }),
    ...{ minimum: small, maximum: small, minLength: small, maxLength: small, minItems: small, maxItems: small },
  });
}

const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.oneof(name, fc.constant(""), fc.constant("𝄞𝄞𝄞"), small, fc.constant(1.5), fc.boolean(), fc.constant(null)),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(name, tie("value"), { maxKeys: 3, noNullPrototype: true }),
  ),
}));

test.skipIf(!hasValidator)(
  "agrees with jsonschema",
  () => {
    const some = fc.sample(schemas(2), { numRuns: 40, seed: 4 });
    const values = fc.sample(value, { numRuns: 60, seed: 5 });
    let accepted = 0;
    for (const each of some) {
      const told = Bun.spawnSync(["python3", CHECK], {
        stdin: Buffer.from(JSON.stringify({ schema: each, documents: values })),
      });
      expect(told.stderr.toString()).toBe("");
      const ours = values.map((it) => payloadProblems(it, each).length === 0);
      expect({ schema: each, ours }).toEqual({ schema: each, ours: JSON.parse(told.stdout.toString()) });
      accepted += ours.filter(Boolean).length;
    }
    expect(accepted).toBeGreaterThan(100);
  },
  60_000,
);

test("names each place, and stops at some", () => {
  const deep: PayloadSchema = { properties: { list: { items: { type: "object", required: ["x"] } } } };
  expect(payloadProblems({ list: [{ x: 1 }, 2, {}] }, deep)).toEqual([
    "/list/1 must be of type object, not number",
    '/list/2 lacks "x"',
  ]);
  expect(payloadProblems({ list: Array(1000).fill(0) }, deep)).toHaveLength(8);
});

describe("a payload", () => {
  test("is read as JSON.parse reads it, or refused in words", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (text) => {
        expect(readJson(text, 2 ** 20)).toEqual({ value: JSON.parse(text) });
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const read = readJson(text, 2 ** 20);
        expect("value" in read || typeof read.problem === "string").toBe(true);
      }),
    );
  });

  test.each([
    ["[".repeat(40), "nested more than 32 deep"],
    [`${"[1,".repeat(33)}"}"`, "nested more than 32 deep"],
    [`"${"[".repeat(90)}"`, undefined],
    [`"\\"${"[".repeat(90)}"`, undefined],
    ["é".repeat(100), "has 200 bytes, and may have 199"],
    ["{", "is no JSON"],
  ])("%p", (text, problem) => {
    const read = readJson(text, 199);
    expect("problem" in read ? read.problem : undefined).toEqual(
      problem && (expect.stringContaining(problem) as never),
    );
  });
});

test("a number that is none any more once it is read does not fit", () => {
  const read = readJson('{"a":1e999}', 100);
  const schema: PayloadSchema = { properties: { a: { type: "number", minimum: 1 } } };
  expect("value" in read && payloadProblems(read.value, schema)).toEqual([
    "/a must be a number of at most 1.7976931348623157e+308",
  ]);
});

describe("a manifest", () => {
  const refusal = (change: object) =>
    problemsOf(() => parseManifest(stringify({ ...LEAST, ...change }), "plugin.toml"));
  const service = (request: object) => ({ main: {}, services: { count: { request } } });
  test.each<[string, object, string]>([
    ["a pattern", service({ pattern: "(a+)+" }), '"pattern" is not known here'],
    ["another type", service({ type: "date" }), '"date" is not a choice'],
    ["a broken bound", service({ minLength: -1 }), "out of range"],
    ["a schema within a schema", service({ properties: { a: { items: { type: 3 } } } }), "type must be"],
    [
      "an event that is no object",
      { main: {}, events: { found: { schema: { type: "array" } } } },
      "always of type object",
    ],
    ["a service without a main part", { services: { count: {} } }, "[services] needs a [main]"],
    ["an event without a main part", { events: { count: {} } }, "[events] needs a [main]"],
    ["a subscription without a main part", { permissions: { subscribe: ["*"] } }, "subscribe needs a [main]"],
    ["a service that is none", { main: {}, permissions: { services: ["count"] } }, "is not a name"],
    ["an event that is none", { main: {}, permissions: { subscribe: ["stage op"] } }, "is not a type of event"],
    ["a file of another kind", { main: { script: "main.py" } }, "script means nothing for kind native"],
    [
      "a file of another language",
      { runtime: { kind: "python", script: "a.py" }, main: { script: "a.ts" } },
      "does not end with .py",
    ],
    ["a service that takes for ever", { main: {}, services: { count: { timeout_ms: 1e6 } } }, "out of range"],
  ])("with %s is refused", async (_, change, words) => {
    expect((await refusal(change)).join("\n")).toContain(words);
  });

  test("has names, defaults and schemas", () => {
    const { events, services } = manifest({
      main: {},
      events: { found: { schema: { required: ["path"] } } },
      services: { count: {} },
    });
    expect(events).toEqual([{ name: "found", description: "", schema: { required: ["path"] }, from: [] }]);
    expect(services).toEqual([{ name: "count", description: "", request: {}, answer: {}, timeout_ms: 2000 }]);
  });
});
