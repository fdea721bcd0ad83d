// SPDX-License-Identifier: Apache-2.0
//
// Random pipelines that must be valid, as documents: every type of the catalogue, values of every kind, branches, groups,
// entries in any order.
import fc from "fast-check";
import type { ComponentSpec, ParamSpec, Port } from "../../src/pipeline/catalog.ts";
import { catalog } from "./catalog.fixture.ts";

const id = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,9}$/);

/** Text that YAML would take for something else, or that is hard to write. */
const tricky = fc.constantFrom(
  ...[
    "",
    " ",
    "~",
    "null",
    "true",
    "No",
    "1e3",
    "-1",
    "0x1F",
    "1_0",
    ".inf",
    "a: b",
    "- x",
    "a #b",
    "# y",
    "'",
    '"',
    "\\",
  ],
  ...[
    "\n",
    "a\n\nb\n",
    "\t",
    "@x",
    "`",
    "%",
    "&a",
    "*a",
    "!t",
    "{a}",
    "[a]",
    "a,b",
    "?",
    "|",
    ">",
    "µV",
    "\u2028",
    "\ufeff",
    "😀",
  ],
);

const isPlain = (text: string) => text.isWellFormed() && !/[\p{Cc}]/u.test(text.replaceAll(/[\n\t]/g, ""));
export const text = fc.oneof(tricky, fc.string({ unit: "grapheme", maxLength: 20 }).filter(isPlain));

function value(spec: ParamSpec): fc.Arbitrary<unknown> {
  const { minimum: min = -1e9, maximum: max = 1e9 } = spec;
  const number = fc.double({ min, max, noNaN: true });
  const band = fc.uniqueArray(number, { minLength: 2, maxLength: 2, selector: (it) => it + 0 });
  const kinds: Record<ParamSpec["kind"], fc.Arbitrary<unknown>> = {
    number,
    integer: fc.integer({ min: Math.ceil(min), max: Math.floor(max) }),
    boolean: fc.boolean(),
    choice: fc.constantFrom(...(spec.choices ?? [""])),
    text,
    numbers: fc.array(number, { maxLength: 5 }),
    names: fc.uniqueArray(
      text.filter((it) => it !== ""),
      { maxLength: 5, selector: (it) => it.toLowerCase() },
    ),
    bands: fc.dictionary(
      id,
      band.map((edges) => edges.toSorted((a, b) => a - b)),
      { minKeys: 1, maxKeys: 4 },
    ),
    matrix: fc
      .integer({ min: 1, max: 4 })
      .chain((columns) =>
        fc.array(fc.array(number, { minLength: columns, maxLength: columns }), { minLength: 1, maxLength: 4 }),
      ),
  };
  return kinds[spec.kind];
}

function entry(components: Iterable<ComponentSpec>): fc.Arbitrary<{ type: string; params: object }> {
  return fc.constantFrom(...components).chain(({ type, params }) => {
    const required = params.filter((spec) => spec.required).map((spec) => spec.id);
    const values = Object.fromEntries(params.map((spec) => [spec.id, value(spec)]));
    return fc.record({ type: fc.constant(type), params: fc.record(values, { requiredKeys: required }) });
  });
}

interface Choice {
  entry: { type: string; params: object };
  /** Picks among the producers that fit. */
  from: number;
  ownGroup: boolean;
  bypass: boolean;
}

const choice = (components: Iterable<ComponentSpec>): fc.Arbitrary<Choice> =>
  fc.record({ entry: entry(components), from: fc.nat(), ownGroup: fc.boolean(), bypass: fc.boolean() });

const above = fc.double({ noNaN: true, noDefaultInfinity: true });
const statistic = fc.constantFrom("mean", "minimum", "maximum", "last", "count");
const expectation = fc.oneof(
  fc.record({ value: text, statistic, above }, { requiredKeys: ["value", "above"] }),
  fc.record({ statistic: fc.constant("count"), above }, { requiredKeys: ["above"] }),
);

/** A document (as JSON would bring it) that `validate` must accept. Ids are source, s0, s1 ..., k0, k1 ... */
export const pipelineDocument = fc
  .record({
    name: text.filter((it) => it !== ""),
    description: text,
    block_frames: fc.integer({ min: 0, max: 65536 }),
    cores: fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9_-]{0,8}$/), fc.nat(1023), { maxKeys: 3 }),
    source: entry(catalog.sources.values()),
    stages: fc.array(choice(catalog.stages.values()), { maxLength: 8 }),
    sinks: fc.array(choice(catalog.sinks.values()), { maxLength: 3 }),
    tests: fc.array(
      fc.record(
        {
          source: entry(catalog.sources.values()),
          seconds: fc.integer({ min: 1, max: 3600 }),
          name: text,
          expect: fc.array(expectation, { minLength: 1, maxLength: 3 }),
        },
        { requiredKeys: ["expect"] },
      ),
      { maxLength: 3 },
    ),
    order: fc.infiniteStream(fc.nat()),
  })
  .map(({ source, stages, sinks, tests, order, ...head }) => {
    const producers: Producer[] = [{ id: "source", output: "signal", group: "main" }];
    const stageEntries = stages.flatMap((it, index) => {
      const spec = specOf(catalog.stages, it.entry.type);
      const fitting = producers.filter((producer) => producer.output === spec.input);
      const from = fitting[it.from % fitting.length];
      if (!from) return [];
      const group = it.ownGroup ? `group${index}` : from.group;
      producers.push({ id: `s${index}`, output: spec.output, group });
      return [{ ...it.entry, id: `s${index}`, from: from.id, group, bypass: it.bypass && spec.input === spec.output }];
    });
    const sinkEntries = sinks.map((it, index) => {
      const { accepts } = specOf(catalog.sinks, it.entry.type);
      const fitting = producers.filter((producer) => accepts.includes(producer.output));
      return { ...it.entry, id: `k${index}`, from: fitting[it.from % fitting.length]?.id };
    });
    const stageIds = producers.map((producer) => producer.id);
    return {
      schema: 1,
      ...head,
      source: { id: "source", ...source },
      stages: stageEntries
        .map((it) => ({ it, rank: order.next().value ?? 0 }))
        .toSorted((a, b) => a.rank - b.rank)
        .map(({ it }) => it),
      sinks: sinkEntries,
      tests: tests.map((test, index) => ({
        ...test,
        expect: test.expect.map((it) => ({ ...it, stage: stageIds[index % stageIds.length] })),
      })),
    };
  });

interface Producer {
  id: string;
  output: Port;
  group: string;
}

function specOf<T>(components: ReadonlyMap<string, T>, type: string): T {
  const spec = components.get(type);
  if (!spec) throw new Error(`${type} is not in the catalogue`);
  return spec;
}
