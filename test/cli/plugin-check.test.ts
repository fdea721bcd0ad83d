// SPDX-License-Identifier: Apache-2.0
import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { CaseResult } from "../../src/cli/plugin-check/case-result.ts";
import { buildConformance, buildPluginIn, root } from "../conformance/compile.ts";
import { BAD_PLUGINS as bad, buildBadPlugins } from "../plugins/bad-plugins.fixture.ts";
import { stagebox, testFolder } from "./stagebox.ts";

setDefaultTimeout(120_000);

const gain = join(root, "plugins/gain");
const folder = testFolder();

beforeAll(async () => {
  buildConformance();
  await buildPluginIn(gain);
  buildBadPlugins();
}, 300_000);

const check = (...words: string[]) => stagebox(["plugin", "check", ...words], { STAGEBOX_DATA: folder.path("data") });

test("a table of what was tried, totals, and how to try the same again", async () => {
  const { exitCode, stdout, stderr } = await check(gain, "--quick", "--seed", "7");
  expect([exitCode, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/^gain 1\.0\.0\n {2}ok {7}manifest\n/);
  expect(stdout).toMatch(/\n {2}smooth_gain\n {4}ok {7}descriptor\n/);
  expect(stdout).toMatch(/\n {2}ok {7}test\/smooth_gain\.yaml: is valid\n/);
  expect(stdout).toMatch(/\n\d+ passed, 0 failed, \d+ skipped\n/);
  expect(stdout).toEndWith(`The same again: stagebox plugin check ${gain} --quick --seed 7\n`);
});

test("a plugin that is installed goes by its id", async () => {
  const { exitCode, stdout } = await stagebox(["plugin", "check", "gain", "--quick", "--stage", "smooth_gain"], {
    STAGEBOX_DATA: folder.path("data"),
    STAGEBOX_PLUGINS: join(root, "plugins"),
  });
  expect(exitCode).toBe(0);
  expect(stdout).toContain("smooth_gain");
});

test("a crash ends the check with 1, and its words stand there once", async () => {
  const { exitCode, stdout } = await check(join(bad, "crash"), "--quick");
  expect(exitCode).toBe(1);
  expect(stdout.match(/crashes in process/g)?.length).toBe(1);
  expect(stdout).toContain("as under cost");
});

test("a dry run of all plugins runs none of them, and finds what can be found so", async () => {
  const { exitCode, stdout, stderr } = await check("--all", "--dry-run", "--json", bad);
  const reports = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line)) as { plugin: string; results: CaseResult[] }[];
  const library = (plugin: string) =>
    reports.find((it) => it.plugin === `bad-${plugin}`)?.results.find((it) => it.case === "library");
  expect([exitCode, stderr]).toEqual([1, ""]);
  expect(reports.length).toBeGreaterThan(10);
  expect(library("crash")?.result).toBe("passed");
  expect(library("wrong-abi")).toMatchObject({ result: "failed", reason: "incompatible ABI 2 (core=1)" });
  expect(reports.every(({ results }) => results.every(({ milliseconds }) => milliseconds === 0))).toBe(true);
  mkdirSync(folder.path("plugins/broken"), { recursive: true });
  folder.write("plugins/broken/plugin.toml", "id = 7\n");
  const broken = await check("--all", "--dry-run", folder.path("plugins"));
  expect([broken.exitCode, broken.stderr]).toEqual([1, expect.stringContaining("plugin.toml:1:6: id must be text")]);
});

test("JSON for programs", async () => {
  const { exitCode, stdout } = await check(join(bad, "wrong-abi"), "--json", "--seed", "9");
  const report = JSON.parse(stdout) as { plugin: string; seed: number; failed: number; results: CaseResult[] };
  expect(exitCode).toBe(1);
  expect(report).toMatchObject({ plugin: "bad-wrong-abi", seed: 9 });
  const library = report.results.find((result) => result.case === "library");
  expect(library).toMatchObject({ stage: null, result: "failed", reason: "incompatible ABI 2 (core=1)" });
  expect(report.results.filter(({ result }) => result === "failed").length).toBe(report.failed);
});

test("what is not there is told with what is", async () => {
  const nowhere = await check(join(root, "test"));
  expect(nowhere.exitCode).toBe(1);
  expect(nowhere.stderr).toContain("holds no plugin.toml");
  const { exitCode, stdout } = await check(gain, "--quick", "--stage", "smooth_gian");
  expect(exitCode).toBe(1);
  expect(stdout).toContain('the library registers no smooth_gian; did you mean "smooth_gain"?');
});
