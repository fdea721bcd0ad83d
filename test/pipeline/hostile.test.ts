// SPDX-License-Identifier: Apache-2.0
//
// Whatever comes in: a result or ProblemsError, nothing else.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { applyPatch } from "../../src/pipeline/apply.ts";
import { bodyDocument } from "../../src/pipeline/document.ts";
import { format } from "../../src/pipeline/format.ts";
import { parse } from "../../src/pipeline/parse.ts";
import { parsePatch } from "../../src/pipeline/patch.ts";
import { compile } from "../../src/pipeline/plan.ts";
import { validate } from "../../src/pipeline/validate.ts";
import { pipelineDocument } from "./arbitrary.fixture.ts";
import { catalog } from "./catalog.fixture.ts";
import { problemsOf } from "./refused.fixture.ts";

const WORDS = [
  "schema",
  "name",
  "source",
  "stages",
  "sinks",
  "tests",
  "id",
  "type",
  "params",
  "from",
  "gain",
  "synthetic",
  "a",
  "__proto__",
];
const junk = fc.jsonValue({ maxDepth: 3 });
const word = fc.constantFrom(...WORDS);

/** A document with one value somewhere in it replaced by something else. */
const damaged = fc.tuple(pipelineDocument, fc.infiniteStream(fc.nat()), junk).map(([document, picks, value]) => {
  const damage = (node: unknown): unknown => {
    const keys = typeof node === "object" && node !== null ? Object.keys(node) : [];
    const pick = picks.next().value ?? 0;
    const key = keys[pick % keys.length];
    if (key === undefined || pick % 5 === 0) return value;
    const inside = damage(Reflect.get(node as object, key));
    return Array.isArray(node) ? node.with(Number(key), inside) : { ...(node as object), [key]: inside };
  };
  return damage(document);
});

test("damaged documents", () => {
  let accepted = 0;
  fc.assert(
    fc.property(damaged, (document) => {
      const problems = problemsOf(() => compile(validate(bodyDocument(document), catalog)));
      if (problems.length === 0) accepted++;
      for (const { field, message } of problems) {
        expect(field).toBeString();
        expect(message.length).toBeLessThan(2000);
      }
    }),
    { numRuns: 1000 },
  );
  expect(accepted).toBeLessThan(900);
});

test("random JSON", () => {
  const nested = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 5 },
      word,
      junk,
      fc.array(tie("node"), { maxLength: 3 }),
      fc.dictionary(word, tie("node"), { maxKeys: 5 }),
    ),
  })).node;
  fc.assert(
    fc.property(nested, (body) => {
      expect(problemsOf(() => validate(bodyDocument(body), catalog)).length).toBeGreaterThan(0);
      expect(problemsOf(() => parsePatch(body)).length).toBeGreaterThan(0);
    }),
    { numRuns: 1000 },
  );
});

test("random text, and files with characters lost and added", () => {
  const torn = fc
    .tuple(
      pipelineDocument,
      fc.array(fc.tuple(fc.nat(), fc.nat(20), fc.string({ unit: "binary", maxLength: 4 })), {
        minLength: 1,
        maxLength: 5,
      }),
    )
    .map(([document, cuts]) => {
      const whole = format(validate(bodyDocument(document), catalog), catalog);
      return cuts.reduce(
        (text, [at, length, put]) => text.slice(0, at % text.length) + put + text.slice((at % text.length) + length),
        whole,
      );
    });
  const yamlish = fc
    .array(
      fc.oneof(word, fc.constantFrom(...": |- |\n|  |[|]|{|}|,|&|*|!|%|#|'|\"|\t|? |>|---|<<|1|.nan".split("|"), "|")),
      { maxLength: 40 },
    )
    .map((it) => it.join(""));
  fc.assert(
    fc.property(fc.oneof(torn, yamlish, fc.string({ unit: "binary" })), (text) => {
      for (const { file, line, column } of problemsOf(() => validate(parse(text, "a.yaml"), catalog))) {
        expect([file, line, column]).toEqual(["a.yaml", expect.any(Number), expect.any(Number)]);
        expect(line).toBeLessThanOrEqual(text.split(/\n/).length);
      }
    }),
    { numRuns: 1000 },
  );
});

test("random patches give a valid pipeline or problems, and never touch the pipeline they were given", () => {
  const id = fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom("source", "s0", "s1", "s2", "s3", "k0", "k1", "gain", "gain2") },
    word,
  );
  const kinds = {
    stage: [...catalog.stages.keys()],
    source: [...catalog.sources.keys()],
    sink: [...catalog.sinks.keys()],
  };
  const params = fc.constantFrom(
    {},
    { gain_db: 3 },
    { gain_db: null },
    { freq_hz: 50 },
    { low_hz: 1, high_hz: 9 },
    { file: "a" },
    { nonsense: 1 },
    { bands: { a: [1, 2] } },
  );
  const entry = (kind: keyof typeof kinds) =>
    fc.oneof(
      {
        weight: 9,
        arbitrary: fc
          .tuple(
            fc.record(
              { type: fc.constantFrom(...kinds[kind]), id, from: id, group: fc.constantFrom("main", "own") },
              { requiredKeys: ["type"] },
            ),
            params,
          )
          .map(([it, more]) => ({ ...it, ...more })),
      },
      fc.dictionary(word, junk, { noNullPrototype: true }),
    );
  const spot = fc.oneof(
    fc.record({ after: id }),
    fc.record({ after: id, to: fc.array(id, { maxLength: 2 }) }),
    fc.record({ before: id }),
    fc.record({ between: fc.tuple(id, id) }),
  );
  const action = fc.oneof(
    fc.tuple(entry("stage"), spot).map(([stage, at]) => ({ action: "insert", stage, ...at })),
    fc.tuple(id, spot).map(([it, at]) => ({ action: "move", id: it, ...at })),
    fc.record({ action: fc.constantFrom("remove", "remove_sink"), id }),
    fc.record({ action: fc.constant("rename"), id, to: id }),
    fc.record({ action: fc.constant("bypass"), id, bypass: fc.boolean() }),
    fc.record({ action: fc.constant("set"), id, params }),
    fc.record({ action: fc.constant("add_sink"), sink: entry("sink") }),
    fc.record({ action: fc.constant("replace"), id, stage: entry("stage") }),
    fc.record({ action: fc.constant("replace"), id, source: entry("source") }),
  );
  let applied = 0;
  fc.assert(
    fc.property(pipelineDocument, fc.array(action, { minLength: 1, maxLength: 4 }), (document, body) => {
      const pipeline = validate(bodyDocument(document), catalog);
      const before = structuredClone(pipeline);
      const problems = problemsOf(() => {
        const result = applyPatch(pipeline, parsePatch(body).actions, catalog);
        expect(validate(bodyDocument(result.pipeline), catalog)).toEqual(result.pipeline);
        const { kept, live, remade, added, removed, renamed } = result.difference;
        const after = [result.pipeline.source, ...result.pipeline.stages, ...result.pipeline.sinks].map((it) => it.id);
        const survivors = [...kept, ...live.map((it) => it.id), ...remade];
        expect([...survivors, ...added].toSorted()).toEqual(after.toSorted());
        const olds = new Map([...renamed].map(([from, to]) => [to, from]));
        const ids = [before.source, ...before.stages, ...before.sinks].map((it) => it.id);
        expect([...survivors.map((it) => olds.get(it) ?? it), ...removed].toSorted()).toEqual(ids.toSorted());
        applied++;
      });
      for (const { field } of problems) expect(field).toMatch(/^\/\d+(\/|$)/);
      expect(pipeline).toEqual(before);
    }),
    { numRuns: 2000 },
  );
  expect(applied).toBeGreaterThan(100);
});
