// SPDX-License-Identifier: Apache-2.0
//
// The bad plugins do nothing bad before they run: their manifests are faultless and their libraries build.
import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { discover } from "../../src/plugins/discovery/discover.ts";
import { hostTriple } from "../../src/triple.ts";
import { BAD_PLUGINS, BAD_SCRIPT, BAD_WASM, buildBadPlugins } from "./bad-plugins.fixture.ts";

test("the bad plugins are found, and nothing is wrong with their manifests", () => {
  const { found, broken } = discover([BAD_PLUGINS, BAD_SCRIPT, BAD_WASM].map((path) => ({ origin: "box", path })));
  expect(broken).toEqual([]);
  expect(found.length).toBe(18 + 14 + 10);
  for (const { folder, manifest, warnings } of found) {
    const name = basename(folder);
    expect(manifest.id).toBe(`bad-${name}`);
    expect(manifest.stages.map(({ type }) => type)).toEqual([`bad_${name.replaceAll("-", "_")}`]);
    expect(warnings).toEqual([]);
  }
});

test("the bad plugins build", () => {
  buildBadPlugins();
  const { found } = discover([{ origin: "box", path: BAD_PLUGINS }]);
  const without = found.filter(
    ({ folder, manifest }) => !existsSync(join(folder, "bin", hostTriple, `lib${manifest.id.replaceAll("-", "_")}.so`)),
  );
  expect(without.map(({ manifest }) => manifest.id)).toEqual(Bun.which("g++") ? [] : ["bad-exception"]);
}, 60_000);
