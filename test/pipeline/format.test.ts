// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import fc from "fast-check";
import { bodyDocument } from "../../src/pipeline/document.ts";
import { format } from "../../src/pipeline/format.ts";
import { parse } from "../../src/pipeline/parse.ts";
import { validate } from "../../src/pipeline/validate.ts";
import { writeYaml } from "../../src/pipeline/yaml.ts";
import { pipelineDocument, text } from "./arbitrary.fixture.ts";
import { catalog } from "./catalog.fixture.ts";

const TEXT = `schema: 1
name: alpha
description: "two\\nlines: #"
source: { id: board, type: synthetic, params: { mains_hz: 60 } }
stages:
  - { id: notch, type: notch, params: { freq_hz: 60 } }
  - { id: alpha, type: band_power, params: { bands: { alpha: [8, 13] } } }
  - { id: psd, type: psd, from: notch, group: slow }
  - { id: gain, type: gain, from: notch, bypass: true }
  - id: montage
    type: montage
    from: board
    params:
      weights: [[1, -0.5, -0.5], [-0.5, 1, -0.5], [-0.5, -0.5, 1]]
      channels: [Fp1, "1", "true"]
      label: as long a label as one needs to make an entry too long for a line
sinks:
  - { id: rec, type: recorder, from: board }
  - { id: view, type: stream }
tests:
  - name: eyes closed
    source: { type: replay, params: { file: a.edf } }
    seconds: 5
    expect:
      - { stage: alpha, value: O1.alpha, statistic: last, above: 3 }
`;

test("what is written in its style comes out as it went in", () => {
  expect(format(validate(parse(TEXT, "a.yaml"), catalog), catalog)).toBe(TEXT);
});

test("defaults are left out", () => {
  const body = {
    schema: 1,
    name: "x",
    source: { type: "synthetic", seed: 1 },
    stages: [{ type: "gain", gain_db: -0, group: "main", bypass: false }],
  };
  expect(format(validate(bodyDocument(body), catalog), catalog)).toBe(
    "schema: 1\nname: x\nsource: { id: synthetic, type: synthetic }\nstages:\n  - { id: gain, type: gain }\n",
  );
});

test("any pipeline is read back as it was", () => {
  fc.assert(
    fc.property(pipelineDocument, (document) => {
      const pipeline = validate(bodyDocument(document), catalog);
      expect(validate(parse(format(pipeline, catalog), "a.yaml"), catalog)).toEqual(pipeline);
    }),
    { numRuns: 200 },
  );
}, 60_000);

test("any text, number and key is read back as it was", () => {
  const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((it) => it + 0);
  const value = fc.oneof(
    text,
    number,
    fc.integer(),
    fc.boolean(),
    fc.array(text),
    fc.array(fc.array(number)),
    fc.dictionary(text, number),
  );
  fc.assert(
    fc.property(fc.dictionary(text, value, { noNullPrototype: true }), (map) => {
      expect(parse(writeYaml(map), "a.yaml").value ?? {}).toEqual(map);
    }),
    { numRuns: 500 },
  );
}, 60_000);
