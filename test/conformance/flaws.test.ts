// SPDX-License-Identifier: Apache-2.0
//
// Each case finds the flaw that it is there to find, in stages that are good but for that one (flawed.c).
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CaseResult } from "../../src/cli/plugin-check/case-result.ts";
import { buildConformance, compile } from "./compile.ts";
import { casesOf, failuresOf, wordsOf } from "./suite.ts";

const folder = mkdtempSync(join(tmpdir(), "stagebox-flaws-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let library: string;
let results: CaseResult[];
beforeAll(async () => {
  buildConformance();
  library = compile(["test/conformance/flawed.c"], join(folder, "libflawed.so"), ["-Wno-override-init"]);
  results = await casesOf(library);
}, 300_000);

const failuresIn = (flaw: string) => wordsOf(failuresOf(results.filter(({ stage }) => stage === `flawed_${flaw}`)));

test("without a flaw nothing fails", () => expect(failuresIn("in_nothing")).toEqual([]));

describe("these cases fail, and no others", () => {
  const flaws: Record<string, RegExp[]> = {
    units: [/^descriptor: gain_hz: its name ends with _hz/],
    refusal: [/^formats: refuses 64 channels at 125 Hz .* without a word/],
    start: [/^cost: writes before its output, 4 bytes, in process/, /^memory bounds: writes before its output/],
    block_mean: [/^block sizes: in blocks of 1 instead of 64 frames, other numbers come out/],
    memory: [/^again: activated again, other numbers come out/],
    sharing: [/^instances: beside another instance, other numbers come out/],
    silence: [/^parameters: /, /^silence: on silence, -?nan comes out/, /^live parameters: /],
    poison: [/^bad numbers: after one nan in another channel, column 0 is still nan/],
    events: [/^events: an event at frame 20 is missing/],
    setting: [/^live parameters: when its live parameters change, -?(inf|nan) comes out/],
    sleep: [/^blocking: makes the system call clock_nanosleep .* in process/],
    mapping: [/^allocation: process calls mmap/, /^blocking: makes the system call mmap/],
    latency: [/^latency: states a latency of 0.1 s, .* lags 0 frames behind/],
    forgetting: [/^state: from a state at half time, other numbers come out/],
    trust: [/^foreign state: reads beyond its state, .* in state.load/],
    leak: [/^leaks: keeps 36 blocks of memory/],
    files: [/^leaks: keeps 36 open files/],
    source: [/^block sizes: in blocks of 1 instead of 64 frames, other numbers/],
  };
  test.each(Object.entries(flaws))("%s", (flaw, expected) => {
    const failures = failuresIn(flaw);
    expect(failures.length).toBe(expected.length);
    for (const [index, pattern] of expected.entries()) expect(failures[index]).toMatch(pattern);
  });
});

describe("every case that runs blocks fails where a block breaks the contract", () => {
  const flaws: Record<string, RegExp> = {
    length: /^shape: process leaves its output unwritten: frame 0 of 1/,
    status: /^shape: process returns -1/,
    end: /^memory bounds: reads beyond its input, 0 bytes behind its end, in process \(libflawed.so\+0x/,
    input: /^memory bounds: writes into its input/,
  };
  test.each(Object.entries(flaws))("%s", (flaw, pattern) => {
    expect(failuresIn(flaw).join("\n")).toMatch(new RegExp(pattern.source, "m"));
    expect(failuresIn(flaw).length).toBeGreaterThan(5);
  });
});

test("the same seed draws the same, another seed something else", async () => {
  const stage = "flawed_setting";
  const verdicts = async (seed: number) =>
    wordsOf(failuresOf(await casesOf(library, { seed, stage }))).filter((words) => !words.startsWith("cost"));
  const [once, again, other] = [await verdicts(5), await verdicts(5), await verdicts(6)];
  expect(once).toEqual(again);
  expect(once).not.toEqual(other);
}, 60_000);
