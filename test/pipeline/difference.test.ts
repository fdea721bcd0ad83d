// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import fc from "fast-check";
import { type Difference, difference } from "../../src/pipeline/difference.ts";
import { bodyDocument } from "../../src/pipeline/document.ts";
import { parse } from "../../src/pipeline/parse.ts";
import { validate } from "../../src/pipeline/validate.ts";
import { pipelineDocument } from "./arbitrary.fixture.ts";
import { catalog } from "./catalog.fixture.ts";

const read = (...stages: string[]) =>
  validate(
    parse(["schema: 1\nname: x\nsource: { id: board, type: synthetic }\nstages:", ...stages].join("\n  - "), "a.yaml"),
    catalog,
  );

const NONE = { live: [], remade: [], added: [], removed: [], rewired: [], bypassed: [], resumed: [], regrouped: [] };
const told = ({ kept: _, renamed, block_frames, ...rest }: Difference) => ({
  ...rest,
  ...(renamed.size > 0 && { renamed }),
  ...(block_frames && { block_frames }),
});

const BEFORE = read("{ id: a, type: gain }", "{ id: b, type: notch, freq_hz: 50 }", "{ id: c, type: band_power }");

test.each([
  ["nothing", ["{ id: a, type: gain }", "{ id: b, type: notch, freq_hz: 50 }", "{ id: c, type: band_power }"], {}],
  [
    "a live parameter",
    ["{ id: a, type: gain, gain_db: 6 }", "{ id: b, type: notch, freq_hz: 50 }", "{ id: c, type: band_power }"],
    { live: [{ id: "a", params: { gain_db: 6 } }] },
  ],
  [
    "one that is not live",
    ["{ id: a, type: gain }", "{ id: b, type: notch, freq_hz: 60, q: 5 }", "{ id: c, type: band_power }"],
    { remade: ["b"] },
  ],
  [
    "a type",
    ["{ id: a, type: montage }", "{ id: b, type: notch, freq_hz: 50 }", "{ id: c, type: band_power }"],
    { remade: ["a"] },
  ],
  [
    "the order of bands",
    [
      "{ id: a, type: gain }",
      "{ id: b, type: notch, freq_hz: 50 }",
      "{ id: c, type: band_power, bands: { theta: [4, 8], delta: [1, 4], alpha: [8, 13], beta: [13, 30], gamma: [30, 45] } }",
    ],
    { remade: ["c"] },
  ],
  [
    "one more, one less",
    ["{ id: b, type: notch, freq_hz: 50 }", "{ id: d, type: gain }", "{ id: c, type: band_power }"],
    { added: ["d"], removed: ["a"], rewired: ["b", "c"] },
  ],
  [
    "a bypass",
    ["{ id: a, type: gain }", "{ id: b, type: notch, freq_hz: 50, bypass: true }", "{ id: c, type: band_power }"],
    { bypassed: ["b"], rewired: ["c"] },
  ],
  [
    "a group",
    ["{ id: a, type: gain }", "{ id: b, type: notch, freq_hz: 50 }", "{ id: c, type: band_power, group: slow }"],
    { regrouped: ["c"] },
  ],
])("between two pipelines: %s", (_, stages, wanted) => {
  expect(told(difference(BEFORE, read(...stages), catalog))).toEqual({ ...NONE, ...wanted } as ReturnType<typeof told>);
});

test("a bypass that ends", () => {
  const bypassed = read(
    "{ id: a, type: gain, bypass: true }",
    "{ id: b, type: notch, freq_hz: 50 }",
    "{ id: c, type: band_power }",
  );
  expect(told(difference(bypassed, BEFORE, catalog))).toEqual({ ...NONE, resumed: ["a"], rewired: ["b"] });
});

test("another block length concerns everything", () => {
  expect(difference(BEFORE, { ...BEFORE, block_frames: 32 }, catalog).block_frames).toBe(true);
});

test("an id that moves from a sink to a stage is a new entry", () => {
  const sink = { id: "s", type: "stream", from: "c", params: { decimate: 1 } };
  const result = difference({ ...BEFORE, sinks: [sink] }, read("{ id: s, type: gain }"), catalog);
  expect(result.added).toEqual(["s"]);
  expect(result.removed).toEqual(["a", "b", "c", "s"]);
});

test("a stage renamed to the id of one that goes", () => {
  const after = read("{ id: b, type: gain }", "{ id: c, type: band_power }");
  expect(told(difference(BEFORE, after, catalog, new Map([["a", "b"]])))).toEqual({
    ...NONE,
    removed: ["b"],
    rewired: ["c"],
    renamed: new Map([["a", "b"]]),
  });
});

test("a parameter without default that is given up needs a new instance", () => {
  const [before, after] = [read("{ id: m, type: montage, hint: x }"), read("{ id: m, type: montage }")];
  expect(difference(before, after, catalog).remade).toEqual(["m"]);
});

test("every entry of the new pipeline is told once, every other of the old one is removed", () => {
  const pipeline = pipelineDocument.map((document) => validate(bodyDocument(document), catalog));
  fc.assert(
    fc.property(pipeline, pipeline, (before, after) => {
      const ids = (it: typeof before) => [it.source, ...it.stages, ...it.sinks].map((entry) => entry.id).toSorted();
      const { kept, live, remade, added, removed } = difference(before, after, catalog);
      expect([...kept, ...live.map((it) => it.id), ...remade, ...added].toSorted()).toEqual(ids(after));
      const survivors = [...kept, ...live.map((it) => it.id), ...remade];
      expect([...removed, ...survivors].toSorted()).toEqual(ids(before));
      expect(difference(after, after, catalog).kept.toSorted()).toEqual(ids(after));
    }),
  );
}, 60_000);
