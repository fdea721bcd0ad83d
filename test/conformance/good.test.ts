// SPDX-License-Identifier: Apache-2.0
//
// What is known to be good passes: a suite that cries wolf is switched off.
import { beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { CaseResult } from "../../src/cli/plugin-check/case-result.ts";
import { checkPlugin } from "../../src/cli/plugin-check/check-plugin.ts";
import type { FoundPlugin } from "../../src/plugins/plugin.ts";
import { pluginName } from "../../src/plugins/scaffold/plugin-name.ts";
import { scaffold } from "../../src/plugins/scaffold/scaffold.ts";
import { TEMPLATES } from "../../src/plugins/scaffold/templates.ts";
import { hasGrpc, served } from "../plugins/service/server.fixture.ts";
import { buildConformance, buildPluginIn, firstPartyFolders } from "./compile.ts";
import { casesOf, failuresOf } from "./suite.ts";

let builtIn: string;
beforeAll(() => {
  builtIn = buildConformance();
}, 300_000);

const quick = Boolean(process.env.STAGEBOX_QUICK);
if (quick) console.log("skipped: conformance of built-in stages but one: --quick");

test(`every built-in ${quick ? "band_power" : "stage"} passes`, async () => {
  const results = await casesOf(builtIn, { seed: 20, ...(quick && { stage: "band_power" }) });
  expect(failuresOf(results)).toEqual([]);
  const types = new Set(results.flatMap(({ stage }) => stage ?? []));
  expect(types.size).toBeGreaterThan(quick ? 0 : 30);
  const passed = results.filter(({ result }) => result === "passed");
  // Most cases have something to try on most stages.
  expect(passed.length).toBeGreaterThan(types.size * 14);
}, 300_000);

async function failuresOfPlugin(plugin: FoundPlugin): Promise<CaseResult[]> {
  const { signal } = new AbortController();
  return served(plugin, async (found) =>
    failuresOf(await Array.fromAsync(checkPlugin(found, { seed: 20, quick: true, signal }))),
  );
}

const firstParty = firstPartyFolders().filter((folder) => hasGrpc || basename(folder) !== "remote-gain");
test.each(firstParty.map((folder) => [basename(folder), folder]))(
  "the plugin %s passes, with the permissions that it asks for",
  async (_name, folder) => {
    expect(await failuresOfPlugin(await buildPluginIn(folder))).toEqual([]);
  },
  120_000,
);

const runtimes = (Object.keys(TEMPLATES) as (keyof typeof TEMPLATES)[]).filter((it) => hasGrpc || it !== "service");
const templates = runtimes.flatMap((runtime) =>
  Object.entries(TEMPLATES[runtime]).map(([name, template]) => [runtime, name, template] as const),
);

test.each(templates)(
  "a new plugin in %s from the template %s passes as it is",
  async (runtime, _name, template) => {
    const into = mkdtempSync(join(tmpdir(), "stagebox-new-"));
    try {
      const folder = scaffold(pluginName("my-own"), { runtime, template, into, author: "Nobody", taken: new Set() });
      expect(await failuresOfPlugin(await buildPluginIn(folder))).toEqual([]);
    } finally {
      rmSync(into, { recursive: true });
    }
  },
  120_000,
);
