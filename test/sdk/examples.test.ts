// SPDX-License-Identifier: Apache-2.0
//
// The plugins that come with Stagebox are examples for authors: of each type, and tested as an author's would be.
import { expect, test } from "bun:test";
import { dirname, join } from "node:path";
import { PLUGIN_TYPES } from "../../src/plugins/plugin.ts";
import { hasNumpy, unittest } from "./unittest.fixture.ts";

const root = join(import.meta.dir, "../..");
const files = (pattern: string) => [...new Bun.Glob(pattern).scanSync(root)].sort();

test("there is an example of each type, in more than two languages", async () => {
  const manifests = await Promise.all(files("plugins/*/plugin.toml").map((file) => import(join(root, file))));
  expect([...new Set(manifests.map(({ type }) => type))].sort()).toEqual([...PLUGIN_TYPES].sort());
  expect(new Set(manifests.map(({ runtime }) => runtime?.kind ?? "native")).size).toBeGreaterThan(2);
});

for (const folder of new Set(files("plugins/*/test/test_*.py").map(dirname)))
  test.skipIf(!hasNumpy)(folder, async () => expect(await unittest(folder)).toBe("OK"), 60_000);

for (const file of files("plugins/*/test/*.test.ts")) await import(join(root, file));
