// SPDX-License-Identifier: Apache-2.0
import { expect, setDefaultTimeout, test } from "bun:test";
import { version } from "../../package.json";
import type { Measurement } from "../../src/cli/bench/measurement.ts";
import { loadCatalog } from "../../src/runtime/catalog.ts";
import { stagebox } from "./stagebox.ts";

setDefaultTimeout(60_000);

async function bench(...args: string[]): Promise<Measurement[]> {
  const { exitCode, stdout, stderr } = await stagebox(["bench", "--json", ...args]);
  expect([stderr, exitCode]).toEqual(["", 0]);
  const report = JSON.parse(stdout);
  expect(report).toMatchObject({ version, machine: { arch: process.arch } });
  expect(report.simd).toMatch(/^(sse4.2|avx2|avx512|neon)$/);
  for (const { name, value } of report.results) expect([name, value]).toEqual([name, expect.any(Number)]);
  return report.results;
}

test("every stage of the catalogue can be measured, in both shapes", async () => {
  const results = await bench("stages", "--seconds", "0.01");
  const names = [...loadCatalog().stages.keys()].flatMap((type) => [`stage.${type}.8x32`, `stage.${type}.64x256`]);
  expect(results.map(({ name }) => name)).toEqual(names);
  for (const { name, unit } of results) expect([name, unit]).toEqual([name, "ns/sample"]);
});

test("a heavier stage costs more: a median more than a filter, a filter more than nothing", async () => {
  const results = await bench("nop", "notch", "moving_median", "--seconds", "0.05");
  const cost = (type: string) => results.find(({ name }) => name === `stage.${type}.64x256`)?.value ?? Number.NaN;
  expect(cost("nop")).toBeLessThan(cost("notch"));
  expect(cost("notch")).toBeLessThan(cost("moving_median"));
});

test("pipelines divide among their stages, and run faster than the signal", async () => {
  const results = await bench("pipelines", "--seconds", "0.05");
  expect(results.map(({ name }) => name)).toEqual([
    "pipeline.default.8",
    "pipeline.default.64",
    "pipeline.alpha.8",
    "pipeline.alpha.64",
  ]);
  for (const { shares, times_real_time } of results) {
    expect(Object.values(shares as Record<string, number>).reduce((sum, share) => sum + share)).toBeCloseTo(1, 6);
    expect(times_real_time).toBeGreaterThan(1);
  }
  expect(Object.keys(results[0]?.shares as object)).toEqual(["notch", "band", "power", "psd"]);
});

test("the engine and its wake-ups are measured", async () => {
  const results = await bench("engine", "wake", "--seconds", "0.2");
  expect(results.map(({ name, unit }) => [name, unit])).toEqual([
    ["engine.stage.8x32", "ns/stage"],
    ["engine.stage.64x256", "ns/stage"],
    ["wake.p50", "us"],
    ["wake.p99", "us"],
    ["wake.max", "us"],
  ]);
  const [p50, p99, max] = results.slice(2).map(({ value }) => value) as [number, number, number];
  expect(p50).toBeGreaterThan(0);
  expect(p99).toBeGreaterThanOrEqual(p50);
  expect(max).toBeGreaterThanOrEqual(p99);
});

test("plugins are measured by where they run and by their language", async () => {
  const results = await bench("plugins", "--seconds", "0.02");
  const cost = (name: string) => results.find((it) => it.name === name)?.value ?? Number.NaN;
  for (const shape of ["8x32", "64x256"]) {
    expect(cost(`plugins.in-process.${shape}`)).toBeLessThan(cost(`plugins.isolated.${shape}`));
    expect(cost(`gain.in-process.${shape}`)).toBeLessThan(cost(`gain.native.${shape}`));
    for (const way of ["python", "script"]) expect(cost(`gain.${way}.${shape}`)).toBeGreaterThan(0);
  }
});

test("people get a table", async () => {
  const { stdout } = await stagebox(["bench", "gain", "--seconds", "0.01"]);
  expect(stdout).toMatch(/^Stagebox \S+ \(\w[\w.]+\) on .+, \d+ cores\n\nstages, /);
  expect(stdout).toMatch(/\n {2}stage\.gain\.8x32 +[\d.]+ ns\/sample +block p50 +[\d.]+ us {2}p99 +[\d.]+ us\n/);
});

test("what cannot be measured is refused", async () => {
  const { exitCode, stderr } = await stagebox(["bench", "notsch"]);
  expect(exitCode).toBe(2);
  expect(stderr).toStartWith('stagebox: "notsch" cannot be measured; did you mean "notch"?\n');
});
