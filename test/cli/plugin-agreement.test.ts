// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import { disagreements } from "../../src/cli/plugin-check/agreement.ts";
import { manifest } from "../plugins/manifest.fixture.ts";

const gain = { id: "gain_db", kind: "number", live: true, unit: "dB", minimum: -9, maximum: 9, default: 0 } as const;
const mode = { id: "mode", kind: "choice", choices: ["soft", "hard"], default: "soft" } as const;
const library = {
  ...({ type: "gain", role: "stage", input: "signal", output: "signal" } as const),
  params: [
    { ...gain, default: "0", required: false, description: "" },
    { ...mode, choices: [...mode.choices], default: "soft", unit: "", live: false, required: false, description: "" },
  ],
};

const says = (params: object[], stage: object = {}) =>
  disagreements(manifest({ stages: { gain: { name: "Gain", params, ...stage } } }).stages, [library]);

test("what a manifest announces is what the library registers", () => {
  expect(says([gain, mode])).toEqual([]);
  expect(says([])).toEqual([]);
});

test.each<[object[], string]>([
  [[{ ...gain, default: 3 }, mode], "default of gain_db is 3; the library's is 0"],
  [[{ ...gain, live: false }, mode], "live of gain_db is false; the library's is true"],
  [[{ ...gain, maximum: 8 }, mode], "maximum of gain_db is 8; the library's is 9"],
  [[gain, { ...mode, choices: ["soft"] }], 'choices of mode is ["soft"]; the library\'s is ["soft","hard"]'],
  [[gain, { ...mode, default: "hard" }], "default of mode is hard; the library's is soft"],
  [[gain], "names parameters, but not mode; the library has it"],
  [[gain, mode, { id: "more", kind: "text", default: "" }], "has a parameter more, which the library lacks"],
])("%j", (params, words) => {
  expect(says(params)).toEqual([expect.stringContaining(words)]);
});

test("a default of the library that cannot be read agrees with none", () => {
  const broken = { ...library, params: [{ ...gain, default: "{", required: false, description: "" }] };
  const { stages } = manifest({ stages: { gain: { name: "Gain", params: [gain] } } });
  expect(disagreements(stages, [broken])).toEqual([
    expect.stringContaining("default of gain_db is 0; the library's is {"),
  ]);
});
