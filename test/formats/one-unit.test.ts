// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import { inOneUnit } from "../../src/formats/one-unit.ts";
import type { RecordingReader } from "../../src/formats/recording.ts";

/** Two frames of ones, one channel for each unit. */
function ones(...units: string[]): RecordingReader {
  return {
    format: "test",
    rate_hz: 100,
    channels: units.map((unit, i) => ({ name: `c${i}`, unit })),
    frames: 2,
    annotations: [],
    gaps: [],
    notices: [],
    read(_, frames, out) {
      out.fill(1, 0, frames * units.length);
      return frames;
    },
    close() {},
  };
}

test("voltages come in the unit of the first of them", () => {
  const { reader, unit } = inOneUnit(ones("uV", "mV", "V", "nV"));
  const out = new Float32Array(8);
  expect(reader.read(0, 2, out)).toBe(2);
  expect([...out]).toEqual([1, 1e3, 1e6, Math.fround(1e-3), 1, 1e3, 1e6, Math.fround(1e-3)]);
  expect(unit).toBe("uV");
  expect(reader.channels.map((channel) => channel.unit)).toEqual(["uV", "uV", "uV", "uV"]);
  expect(reader.notices).toEqual([]);
});

test("what is no voltage keeps its numbers, with a notice", () => {
  const { reader, unit } = inOneUnit(ones("degC", "mV", "uV"));
  const out = new Float32Array(3);
  reader.read(0, 1, out);
  expect([...out]).toEqual([1, 1, Math.fround(1e-3)]);
  expect(unit).toBe("mV");
  expect(reader.notices).toHaveLength(1);
  expect(reader.notices[0]).toStartWith("c0 is in degC, but the signal is labelled mV");
});

test("one unit needs nothing", () => {
  const same = ones("degC", "degC");
  expect(inOneUnit(same)).toEqual({ reader: same, unit: "degC" });
});
