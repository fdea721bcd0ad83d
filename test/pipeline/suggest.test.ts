// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import { editDistance, nearest, suggestion } from "../../src/pipeline/suggest.ts";

const STAGES = ["notch", "bandpass", "bandstop", "band_power", "lowpass", "highpass", "psd", "decimate"];

test.each([
  ["", "abc", 3],
  ["notchh", "notch", 1],
  ["ntoch", "notch", 1], // neighbours swapped count once
  ["kitten", "sitting", 3],
  ["same", "same", 0],
])("from %p to %p it is %p slips", (a, b, slips) => {
  expect(editDistance(a, b)).toBe(slips);
  expect(editDistance(b, a)).toBe(slips);
});

test.each([
  ["notchh", "notch"],
  ["Notch", "notch"],
  ["low", "lowpass"],
  ["band_pwer", "band_power"],
  ["bandpas", "bandpass"],
  ["bandstp", "bandstop"],
  ["decimator", "decimate"],
])("%p was meant to be %p", (name, meant) => {
  expect(nearest(name, STAGES)).toBe(meant);
});

test("what resembles nothing is not guessed at", () => {
  expect(nearest("wavelet", STAGES)).toBeUndefined();
  expect(nearest("n".repeat(1000), STAGES)).toBeUndefined();
  expect(suggestion("wavelet", ["a", "b", "c"])).toBe("choose a, b or c");
  expect(suggestion("wavelet", [])).toBe("there is none");
});

test("a long list of choices is cut short", () => {
  const many = Array.from({ length: 40 }, (_, index) => `stage${index}`);
  expect(suggestion("wavelet", many)).toEndWith("stage11 or 28 others");
});
