// SPDX-License-Identifier: Apache-2.0
//
// Whatever plugin.toml holds, a box reads it or refuses it in words, and the plugins beside it stay what they are.
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { stringify } from "smol-toml";
import { ProblemsError } from "../../../src/pipeline/problem.ts";
import { discover } from "../../../src/plugins/discovery/discover.ts";
import { chooseVersions } from "../../../src/plugins/discovery/versions.ts";
import { parseManifest } from "../../../src/plugins/manifest/parse.ts";
import { manifestText, writeTree } from "../manifest.fixture.ts";
import { mutated } from "../mutations.fixture.ts";
import { validManifest } from "./arbitrary.fixture.ts";

const RUNS = process.env.STAGEBOX_QUICK ? 1000 : 10_000;
const folder = mkdtempSync(join(tmpdir(), "stagebox-any-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const valid = validManifest.map((it) => stringify(it));
const key = fc.oneof(fc.constantFrom("id", "runtime", "stages", "config", "__proto__", "constructor", ""), fc.string());
const tomlValue = fc.letrec((tie) => ({
  node: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(fc.string(), fc.integer(), fc.double(), fc.boolean(), fc.date({ noInvalidDate: true })),
    fc.array(fc.integer(), { maxLength: 3 }),
    fc.array(fc.dictionary(key, tie("node"), { maxKeys: 2 }), { maxLength: 2 }),
    fc.dictionary(key, tie("node"), { maxKeys: 3 }),
  ),
})).node;
const anyToml = fc.dictionary(key, tomlValue, { maxKeys: 5 }).map((it) => stringify(it));
const bytes = (text: fc.Arbitrary<string>) => text.map((it) => Buffer.from(it));
const anyFile = fc.oneof(
  { arbitrary: bytes(mutated(valid)), weight: 6 },
  { arbitrary: bytes(anyToml), weight: 2 },
  { arbitrary: fc.uint8Array({ maxLength: 200 }).map((it) => Buffer.from(it)), weight: 1 },
  { arbitrary: fc.tuple(bytes(valid), fc.uint8Array({ maxLength: 4 })).map((it) => Buffer.concat(it)), weight: 1 },
);

test(`${RUNS} manifests: each is read or refused with its place, and the plugin beside it stays what it is`, () => {
  writeTree(folder, { "good/plugin.toml": manifestText(), "any/plugin.toml": "" });
  const scan = () => discover([{ origin: "box", path: folder }]);
  const good = scan().found;
  const counts = { found: 0, broken: 0 };
  fc.assert(
    fc.property(anyFile, (file) => {
      writeFileSync(join(folder, "any/plugin.toml"), file);
      const { found, broken } = scan();
      expect(found.find((it) => it.folder === join(folder, "good"))).toEqual(good[0]);
      expect(found.length + broken.length).toBe(2);
      counts[broken.length > 0 ? "broken" : "found"]++;
      for (const { problems } of broken) {
        expect(problems.length).toBeGreaterThan(0);
        for (const { file, message } of problems)
          expect([file, message.length > 0 && message.length < 2000]).toEqual([join(folder, "any/plugin.toml"), true]);
      }
      expect(chooseVersions(found, new Map()).some(({ id }) => id === "gain")).toBe(true);
    }),
    { numRuns: RUNS },
  );
  expect([counts.found > RUNS / 20, counts.broken > RUNS / 20]).toEqual([true, true]);
}, 300_000);

test("what is read is read the same again, and from what it says itself", () => {
  fc.assert(
    fc.property(mutated(valid, 2), (text) => {
      const read = attempt(text);
      expect(attempt(text)).toEqual(read);
      const { manifest } = parseManifest(manifestText(), "p.toml");
      expect([manifest.id, manifest.permissions.network, manifest.stages]).toEqual(["gain", false, []]);
    }),
    { numRuns: RUNS / 10 },
  );
}, 120_000);

function attempt(text: string): unknown {
  try {
    const { manifest, warnings } = parseManifest(text, "p.toml");
    return { manifest, warnings };
  } catch (error) {
    expect(error).toBeInstanceOf(ProblemsError);
    return (error as ProblemsError).problems;
  }
}
