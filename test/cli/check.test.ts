// SPDX-License-Identifier: Apache-2.0
import { expect, setDefaultTimeout, test } from "bun:test";
import { bundledPipelines } from "../../src/asset.ts";
import { runTest, type TestResult } from "../../src/cli/check/pipeline-test.ts";
import { loadPipeline } from "../../src/cli/pipeline-file.ts";
import { loadCatalog } from "../../src/runtime/catalog.ts";
import { stagebox, testFolder } from "./stagebox.ts";

setDefaultTimeout(60_000);

const folder = testFolder();
const catalog = loadCatalog();
const { signal } = new AbortController();
const names = [...bundledPipelines().keys()];

interface Report {
  passed: number;
  failed: number;
  skipped: number;
  pipelines: { pipeline: string; tests: TestResult[] }[];
}

test("all pipelines that come with Stagebox pass their tests", async () => {
  const { exitCode, stdout, stderr } = await stagebox(["check", "--json"]);
  const report = JSON.parse(stdout) as Report;
  const faults = report.pipelines.flatMap(({ pipeline, tests }) =>
    tests.filter(({ result }) => result !== "passed").map((it) => ({ pipeline, ...it })),
  );
  expect(faults).toEqual([]);
  expect([stderr, exitCode]).toEqual(["", 0]);
  expect(report.pipelines.map(({ pipeline }) => pipeline)).toEqual(names);
  for (const name of names) expect(loadPipeline(name, catalog).pipeline.tests).not.toBeEmpty();
});

test.each(names)("the tests of %s notice if any of its stages is missing", async (name) => {
  const { pipeline, resolveFile } = loadPipeline(name, catalog);
  for (const missing of pipeline.stages) {
    const stages = pipeline.stages.map((stage) => ({ ...stage, bypass: stage === missing }));
    const results = [];
    for (const it of pipeline.tests) {
      results.push((await runTest({ ...pipeline, stages }, it, { catalog, resolveFile, signal })).result);
    }
    expect([missing.id, results]).toEqual([missing.id, expect.arrayContaining(["failed"])]);
  }
});

const ONE_STAGE = `
schema: 1
name: one
source: { type: synthetic, params: { channels: 2, rate_hz: 250 } }
stages:
  - { id: level, type: rms, params: { window_s: 0.1 } }
tests:
`;

test("a value out of its bounds is named with what it is and should be", async () => {
  const file = folder.write(
    "bounds.yaml",
    `${ONE_STAGE}
  - name: silence
    source: { type: synthetic, params: { channels: 2, noise_uv: 0, alpha_uv: 0, blink_uv: 0, emg_uv: 0, mains_uv: 0 } }
    seconds: 1
    expect:
      - { stage: level, value: Fp1, above: 1 }
      - { stage: level, value: Fp9, above: 1 }
      - { stage: level, above: 249, below: 251 }
`,
  );
  const { exitCode, stdout } = await stagebox(["check", file]);
  expect(exitCode).toBe(1);
  expect(stdout).toContain("FAILED   silence\n");
  expect(stdout).toContain("level Fp1 mean is 0, not above 1\n");
  expect(stdout).toContain('level puts out no Fp9; did you mean "Fp');
  expect(stdout).not.toContain("level count");
  expect(stdout).toEndWith("\n2 passed, 1 failed, 0 skipped\n");
});

test("a test that plays a file that is not there is skipped", async () => {
  const file = folder.write(
    "replay.yaml",
    `${ONE_STAGE}
  - name: played
    source: { type: replay, params: { file: not-there.edf } }
    expect: [{ stage: level, above: 1 }]
`,
  );
  const { exitCode, stdout } = await stagebox(["check", file]);
  expect(exitCode).toBe(0);
  expect(stdout).toContain("skipped  played\n             there is no not-there.edf\n");
  expect(stdout).toEndWith("\n2 passed, 0 failed, 1 skipped\n");
});

test("what is invalid or cannot be built fails, and the others are checked nevertheless", async () => {
  const invalid = folder.write("invalid.yaml", "schema: 1\nname: x\nsource: { type: synthetik }\n");
  const unbuildable = folder.write(
    "unbuildable.yaml",
    `${ONE_STAGE.replace("rms, params: { window_s: 0.1 }", "lowpass, params: { freq_hz: 125 }")} []\n`,
  );
  const { exitCode, stdout, stderr } = await stagebox(["check", invalid, unbuildable, "record-only"]);
  expect([exitCode, stderr]).toEqual([1, ""]);
  expect(stdout).toContain(`${invalid}:3:17: "synthetik" is not a source; did you mean "synthetic"?`);
  expect(stdout).toContain("level: freq_hz: 125 Hz is not below half the rate (125 Hz)");
  expect(stdout).toContain("record-only\n  ok       is valid");
});
