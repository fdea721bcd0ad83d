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
import type { Pipeline } from "../../src/pipeline/pipeline.ts";
import { compile } from "../../src/pipeline/plan.ts";
import { validate } from "../../src/pipeline/validate.ts";
import { pipelineDocument } from "./arbitrary.fixture.ts";
import { catalog } from "./catalog.fixture.ts";
import { problemsOf } from "./refused.fixture.ts";

/** Other work on the machine must not fail a test. */
const MINUTE = 60_000;

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

test(
  "damaged documents",
  () => {
    let accepted = 0;
    fc.assert(
      fc.property(damaged, (document) => {
        const problems = problemsOf(() => compile(validate(bodyDocument(document), catalog), catalog));
        if (problems.length === 0) accepted++;
        for (const { field, message } of problems) {
          expect(field).toBeString();
          expect(message.length).toBeLessThan(2000);
        }
      }),
      { numRuns: 500 },
    );
    expect(accepted).toBeLessThan(450);
  },
  MINUTE,
);

test(
  "random JSON",
  () => {
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
  },
  MINUTE,
);

test(
  "random text, and files with characters lost and added",
  () => {
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
        fc.oneof(
          word,
          fc.constantFrom(...": |- |\n|  |[|]|{|}|,|&|*|!|%|#|'|\"|\t|? |>|---|<<|1|.nan".split("|"), "|"),
        ),
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
      { numRuns: 500 },
    );
  },
  MINUTE,
);

/** Patches to a document that have a fair chance to be right. */
function patchOf(document: { stages: { id: string }[]; sinks: { id: string }[] }) {
  const mostly = <T>(right: fc.Arbitrary<T>, wrong: fc.Arbitrary<T>) =>
    fc.oneof({ weight: 12, arbitrary: right }, { weight: 1, arbitrary: wrong });
  const unlikely = fc.constantFrom("gain", "k0", "source", "nobody", "__proto__");
  const existing = (entries: { id: string }[]) =>
    mostly(fc.constantFrom("gain", ...entries.map((it) => it.id)), unlikely);
  const [stage, sink] = [existing(document.stages), existing(document.sinks)];
  const producer = fc.oneof(stage, fc.constant("source"));
  const any = fc.oneof(producer, sink);
  const raw = (...entries: object[]) =>
    mostly<object>(fc.constantFrom(...entries), fc.dictionary(word, junk, { noNullPrototype: true, maxKeys: 3 }));
  const rawStage = raw(
    { type: "gain" },
    { type: "gain", id: "g" },
    { type: "gain", gain_db: 3, group: "own" },
    { type: "psd" },
  );
  const rawSink = raw({ type: "stream" }, { type: "recorder", from: "source" }, { type: "recorder", format: "edf" });
  const spot = fc.oneof(
    fc.record({ after: producer }),
    fc.record({ after: producer, to: fc.array(stage, { maxLength: 1 }) }),
    fc.record({ before: fc.oneof(stage, sink) }),
    fc.record({ between: fc.tuple(producer, stage) }),
  );
  const params = fc.constantFrom(
    {},
    { gain_db: null },
    { order: null },
    { decimate: 2 },
    { noise_uv: 3 },
    { nonsense: 1 },
  );
  const action = fc.oneof(
    fc.tuple(rawStage, spot).map(([entry, at]) => ({ action: "insert", stage: entry, ...at })),
    fc.tuple(stage, spot).map(([id, at]) => ({ action: "move", id, ...at })),
    fc.record({ action: fc.constant("remove"), id: stage }),
    fc.record({ action: fc.constant("bypass"), id: stage, bypass: fc.boolean() }),
    fc.record({ action: fc.constant("rename"), id: any, to: mostly(fc.constantFrom("x", "y", "z"), any) }),
    fc.record({ action: fc.constant("set"), id: any, params }),
    fc.record({ action: fc.constant("add_sink"), sink: rawSink }),
    fc.record({ action: fc.constant("remove_sink"), id: sink }),
    fc.record({ action: fc.constant("replace"), id: stage, stage: rawStage }),
    fc.record({ action: fc.constant("replace"), id: fc.constant("source"), source: raw({ type: "synthetic" }) }),
  );
  return fc.array(action, { minLength: 1, maxLength: 3 });
}

test(
  "random patches give a valid pipeline or problems, and never touch the pipeline they were given",
  () => {
    const idsOf = ({ source, stages, sinks }: Pipeline) => [source, ...stages, ...sinks].map((it) => it.id);
    let applied = 0;
    const cases = pipelineDocument.chain((document) => fc.tuple(fc.constant(document), patchOf(document)));
    fc.assert(
      fc.property(cases, ([document, body]) => {
        const before = validate(bodyDocument(document), catalog);
        const copy = structuredClone(before);
        const problems = problemsOf(() => {
          const { pipeline, difference } = applyPatch(before, parsePatch(body).actions, catalog);
          applied++;
          expect(validate(bodyDocument(pipeline), catalog)).toEqual(pipeline);
          const survivors = [...difference.kept, ...difference.live.map((it) => it.id), ...difference.remade];
          expect([...survivors, ...difference.added].toSorted()).toEqual(idsOf(pipeline).toSorted());
          const oldIds = new Map([...difference.renamed].map(([from, to]) => [to, from]));
          const olds = survivors.map((id) => oldIds.get(id) ?? id);
          expect([...olds, ...difference.removed].toSorted()).toEqual(idsOf(before).toSorted());
        });
        for (const { field } of problems) expect(field).toMatch(/^\/(\d+|stages\/\d+\/from)(\/|$)/);
        expect(before).toEqual(copy);
      }),
      { numRuns: 1000 },
    );
    expect(applied).toBeGreaterThan(100);
  },
  MINUTE,
);

test("a pipeline that could not be read back from its file is refused", () => {
  const stages = Array.from({ length: 100 }, (_, index) => ({ id: `a${index}`.padEnd(32, "x"), type: "gain" }));
  const tests = Array.from({ length: 64 }, () => ({
    name: "x".repeat(4096),
    expect: [{ stage: stages[0]?.id, above: 0 }],
  }));
  const whole = { schema: 1, name: "large", source: { type: "synthetic" }, stages, tests };
  expect(() => validate(bodyDocument(whole), catalog)).toThrow(/longer than 262144 characters as a file/);
});
