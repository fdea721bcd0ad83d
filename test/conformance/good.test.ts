// SPDX-License-Identifier: Apache-2.0
//
// What is known to be good passes: a suite that cries wolf is switched off.
import { beforeAll, expect, test } from "bun:test";
import { basename } from "node:path";
import { checkPlugin } from "../../src/cli/plugin-check/check-plugin.ts";
import { readPlugin } from "../../src/plugins/read-plugin.ts";
import { buildConformance, buildFirstParty } from "./compile.ts";
import { casesOf, failuresOf } from "./suite.ts";

let builtIn: string;
beforeAll(() => {
  builtIn = buildConformance();
}, 300_000);

test("every built-in stage passes", async () => {
  const results = await casesOf(builtIn, { seed: 20 });
  expect(failuresOf(results)).toEqual([]);
  const types = new Set(results.map(({ stage }) => stage));
  expect(types.size).toBeGreaterThan(30);
  const passed = results.filter(({ result }) => result === "passed");
  // Most cases have something to try on most stages.
  expect(passed.length).toBeGreaterThan(types.size * 14);
}, 300_000);

test("every first-party plugin passes, with the permissions that it asks for", async () => {
  const { signal } = new AbortController();
  const folders = buildFirstParty();
  expect(folders.map((folder) => basename(folder))).toContain("gain");
  for (const folder of folders) {
    const failures = [];
    for await (const result of checkPlugin(readPlugin(folder, "user"), { seed: 20, quick: true, signal }))
      if (result.result === "failed") failures.push(result);
    expect({ folder, failures }).toEqual({ folder, failures: [] });
  }
}, 300_000);
