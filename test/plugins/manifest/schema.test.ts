// SPDX-License-Identifier: Apache-2.0
//
// The JSON schema against the checks, by a validator that is not ours.
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import { manifestSchema } from "../../../src/plugins/manifest/parse.ts";
import { problemsOf } from "../../pipeline/refused.fixture.ts";
import { python } from "../../system/service.ts";
import { LEAST, manifest } from "../manifest.fixture.ts";
import { validManifest } from "./arbitrary.fixture.ts";

const hasValidator = python("jsonschema");

function accepted(documents: unknown[]): boolean[] {
  const { stdout, stderr, success } = Bun.spawnSync(["/usr/bin/python3", join(import.meta.dir, "schema-check.py")], {
    stdin: Buffer.from(JSON.stringify({ schema: manifestSchema(), documents })),
  });
  if (!success) throw new Error(`${stderr}`);
  return JSON.parse(`${stdout}`);
}

describe.skipIf(!hasValidator)("the JSON schema", () => {
  test("takes what must be taken", () => {
    const documents = [LEAST, ...fc.sample(validManifest, 200)];
    expect(accepted(documents).every(Boolean)).toBe(true);
  });

  test("refuses what it can say is wrong", () => {
    const changes = [
      { id: "My Gain" },
      { version: "1" },
      { authors: [] },
      { type: "efect" },
      { limits: { memory_mb: 1 } },
      { permissions: { network: "yes" } },
      { stages: { Gain: { name: "G" } } },
      { presets: [{ id: "a", name: "A" }] },
      { config: { a: { kind: "x", default: 0 } } },
    ];
    expect(accepted(changes.map((change) => ({ ...LEAST, ...change })))).toEqual(changes.map(() => false));
  });

  test("refuses nothing that the checks take", () => {
    const key = fc.constantFrom("kind", "default", "name", "role", "id", "a", "network", "read", "library");
    const value = fc.letrec<{ node: unknown }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 3 },
        fc.constantFrom<unknown>("a", "", 1, -1.5, true, "native", "number"),
        fc.array(tie("node"), { maxLength: 2 }),
        fc.dictionary(key, tie("node"), { maxKeys: 4, noNullPrototype: true }),
      ),
    })).node;
    const changes = fc.dictionary(fc.constantFrom(...Object.keys(manifest()), "ui"), value, {
      maxKeys: 1,
      noNullPrototype: true,
    });
    const documents = fc.sample(changes, 1000).map((change) => ({ ...LEAST, ...change }));
    const taken = documents.filter((it) => problemsOf(() => manifest(it)).length === 0);
    expect(taken.length).toBeGreaterThan(50);
    expect(taken.length).toBeLessThan(900);
    expect(accepted(taken).every(Boolean)).toBe(true);
  });
});
