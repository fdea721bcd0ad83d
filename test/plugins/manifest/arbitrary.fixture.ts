// SPDX-License-Identifier: Apache-2.0
//
// Random manifests that must be accepted, as the data that TOML is made from.
import fc from "fast-check";
import { PLUGIN_TYPES } from "../../../src/plugins/plugin.ts";

const word = fc.stringMatching(/^[a-z][a-z0-9]{0,6}$/).filter((id) => !["schema", "system", "instances"].includes(id));
const line = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 20 })
  .filter((it) => it.isWellFormed() && it.trim() !== "" && !/\p{Cc}/u.test(it));
const file = fc.array(word, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
const release = fc.tuple(fc.nat(99), fc.nat(99), fc.nat(99)).map((it) => it.join("."));
const portOf = fc.constantFrom("signal", "spectrum", "features");
export const validManifest = fc.record(
  {
    id: word,
    name: line,
    version: release,
    description: line,
    authors: fc.array(line, { minLength: 1, maxLength: 3 }),
    license: line,
    type: fc.constantFrom(...PLUGIN_TYPES),
    category: line,
    capabilities: fc.array(line, { maxLength: 3 }),
    requires: fc.record({ stagebox: release.map((it) => `>=${it}`), abi: fc.constant("1.0") }, { requiredKeys: [] }),
    dependencies: fc.dictionary(
      word,
      release.map((it) => `^${it}`),
      { maxKeys: 3, noNullPrototype: true },
    ),
    permissions: fc.record(
      {
        network: fc.boolean(),
        read: fc.array(
          file.map((it) => `/${it}`),
          { maxLength: 2 },
        ),
      },
      { requiredKeys: [] },
    ),
    limits: fc.record({ memory_mb: fc.integer({ min: 8, max: 65536 }), file_mb: fc.nat(100) }, { requiredKeys: [] }),
    config: fc.dictionary(
      word,
      fc.record({
        kind: fc.constant("number"),
        default: fc.double({ min: -1, max: 1, noNaN: true }).map((it) => it + 0),
      }),
      { maxKeys: 3, noNullPrototype: true },
    ),
    stages: fc.dictionary(word, fc.record({ name: line, input: portOf, output: portOf }), {
      maxKeys: 3,
      noNullPrototype: true,
    }),
    presets: fc.uniqueArray(fc.record({ id: word, name: line, description: line, file }), {
      maxLength: 3,
      selector: ({ id }) => id,
    }),
    build: fc.record({
      sources: fc.array(file, { maxLength: 2 }),
      flags: fc.array(fc.constantFrom("-O2", "-DX=1 2", "-Isrc"), { maxLength: 2 }),
    }),
    ui: fc.record({
      bundle: word.map((it) => `ui/${it}.js`),
      component_name: word,
      required_props: fc.array(line, { maxLength: 2 }),
      icon: file.map((it) => `ui/${it}`),
    }),
  },
  { requiredKeys: ["id", "name", "version", "description", "authors", "license", "type"] },
);
