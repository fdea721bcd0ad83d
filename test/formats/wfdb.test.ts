// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { copyFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openRecording } from "../../src/formats/open.ts";
import { parseWfdbAnnotations } from "../../src/formats/wfdb-annotations.ts";
import { SAMPLE_FORMATS } from "../../src/formats/wfdb-samples.ts";
import { data, hasData } from "./independent.ts";
import { readAll, scratchFolder } from "./synthetic.ts";

const folder = scratchFolder();

describe.skipIf(!hasData)("MIT-BIH record 100", () => {
  test("signals: the header's first values and checksums hold", () => {
    const reader = openRecording(join(data, "100.hea"));
    expect(reader).toMatchObject({ format: "WFDB", rate_hz: 360, frames: 650000, notices: [] });
    expect(reader.channels).toEqual([
      { name: "MLII", unit: "mV" },
      { name: "V5", unit: "mV" },
    ]);
    const all = readAll(reader, 4321);
    const adc = (i: number) => Math.round((all[i] as number) * 200 + 1024);
    expect([adc(0), adc(1)]).toEqual([995, 1011]);
    const sums = [0, 0];
    for (let i = 0; i < all.length; i++) sums[i % 2] = ((sums[i % 2] ?? 0) + adc(i)) | 0;
    expect(sums.map((sum) => (sum << 16) >> 16)).toEqual([-22131, 20052]);
    reader.close();
  });

  test("annotations: the beats that the database's directory counts", () => {
    const { annotations } = openRecording(join(data, "100.dat"));
    const count = (text: string) => annotations.filter((annotation) => annotation.text === text).length;
    // 2273 beats in the record's description: 2239 normal, 33 atrial premature, 1 ventricular premature.
    expect([count("N"), count("A"), count("V"), annotations.length]).toEqual([2239, 33, 1, 2274]);
    expect(annotations[0]).toEqual({ onset_s: 18 / 360, duration_s: 0, text: "+ (N" });
    expect(annotations[1]?.onset_s).toBeCloseTo(77 / 360, 9);
  });

  test("one channel, changed data, lost data, a missing annotator", () => {
    for (const name of ["100.hea", "100.dat", "100.atr"]) copyFileSync(join(data, name), join(folder, name));
    const path = join(folder, "100.hea");
    const v5 = openRecording(path, { channels: ["v5"] });
    const value = new Float32Array(1);
    expect(v5.read(0, 1, value)).toBe(1);
    expect(value[0]).toBeCloseTo((1011 - 1024) / 200, 6);
    expect(() => openRecording(path, { annotator: "qrs" })).toThrow("has no annotations 100.qrs beside it");
    expect(() => openRecording(path, { annotator: "../x" })).toThrow("is no annotator");

    truncateSync(join(folder, "100.dat"), 3001);
    const short = openRecording(path);
    expect(short.frames).toBe(1000);
    expect(short.notices.join()).toContain("claims 650000 frames, the signal files hold 1000");

    writeFileSync(path, "100 2 360 1000\n100.dat 212 200 11 1024 995 1 0 MLII\n100.dat 212 200 11 1024 1011 2 0 V5\n");
    expect(openRecording(path).notices.join()).toContain("MLII: the checksum is");
  });
});

test("format 16, prolog, several files, gains, baselines, invalid values, several samples a frame", () => {
  const words = (...values: number[]) => Buffer.from(Int16Array.from(values).buffer);
  // Frames of one sample of a, two of b.
  writeFileSync(
    join(folder, "ab.dat"),
    Buffer.concat([Buffer.from("prolog"), words(100, 1, 2, 200, 3, 4, -32768, 5, 6)]),
  );
  writeFileSync(join(folder, "c.dat"), words(7, 8, 9));
  const lines = [
    "# a comment",
    "two 3 50/1000(0) 3 13:05:06.5 24/12/2001",
    "ab.dat 16+6 10(50)/uV 16 0 100 0 0 first one",
    "ab.dat 16x2:4+6 2 16 0 1 0 0",
    "c.dat 16 0/V 16 0 7 24 0 C",
  ];
  writeFileSync(join(folder, "two.hea"), lines.join("\r\n"));
  const reader = openRecording(join(folder, "two.hea"));
  expect(reader.channels).toEqual([
    { name: "first one", unit: "uV" },
    { name: "C", unit: "V" },
  ]);
  expect(reader).toMatchObject({ rate_hz: 50, frames: 3, start: new Date("2001-12-24T13:05:06.500Z") });
  expect([...readAll(reader, 2)]).toEqual([5, 7 / 200, 15, 8 / 200, Number.NaN, 9 / 200].map(Math.fround));
  expect(reader.notices.join("\n")).toContain("channel 2 (2 samples a frame) has another rate");
  expect(reader.notices.join("\n")).toContain("C is not calibrated");
  const fast = openRecording(join(folder, "two.hea"), { channels: ["channel 2"] });
  expect(fast).toMatchObject({ rate_hz: 100, frames: 6 });
  expect([...readAll(fast, 1)]).toEqual([0.5, 1, 1.5, 2, 2.5, 3]);
  expect(fast.notices.join()).toContain("skewed by 4 frames");
});

test.each([
  [16, [0x34, 0x12, 0xff, 0xff], [0x1234, -1]],
  [24, [0x56, 0x34, 0x12, 0xfe, 0xff, 0xff], [0x123456, -2]],
  [32, [0x78, 0x56, 0x34, 0x12, 0xfd, 0xff, 0xff, 0xff], [0x12345678, -3]],
  [61, [0x12, 0x34, 0xff, 0xff], [0x1234, -1]],
  [80, [0x80, 0x7f], [0, -1]],
  [160, [0x00, 0x80, 0xff, 0x7f], [0, -1]],
  [212, [0xff, 0xf7, 0xfe], [0x7ff, -2]],
])("samples of format %i", (format, bytes, samples) => {
  const decode = SAMPLE_FORMATS[format]?.sample;
  expect(samples.map((_, i) => decode?.(Uint8Array.from(bytes), i))).toEqual(samples);
});

test("annotations: skips, labels, modifiers, notes, a time resolution of their own", () => {
  const word = (code: number, interval: number) => [interval & 255, (code << 2) | (interval >> 8)];
  const label = (text: string) => [...word(63, text.length), ...Buffer.from(text), ...(text.length % 2 ? [0] : [])];
  const bytes = Uint8Array.from([
    ...[...word(22, 0), ...label("## time resolution: 1000")],
    ...[...word(1, 500), ...word(61, 1), ...word(62, 0), ...word(60, 3)],
    // 70000 samples further, high word first, and another 5.
    ...[...word(59, 0), 0x01, 0x00, 0x70, 0x11, ...word(5, 5)],
    ...[...word(28, 1), ...label("(AFIB\0"), ...word(22, 1), ...label("tape slips")],
    ...[0, 0],
  ]);
  expect(parseWfdbAnnotations(bytes, 360)).toEqual({
    annotations: [
      { onset_s: 0.5, duration_s: 0, text: "N" },
      { onset_s: 70.505, duration_s: 0, text: "V" },
      { onset_s: 70.506, duration_s: 0, text: "+ (AFIB" },
      { onset_s: 70.507, duration_s: 0, text: "tape slips" },
    ],
  });
  expect(parseWfdbAnnotations(bytes.subarray(0, bytes.length - 2), 360).notice).toContain("has no end");
});

test.each([
  ["x 1 360\n../x.dat 16 200", '"../x.dat" is not the name of a file beside it'],
  ["x 1 360\nmissing.dat 16 200", "needs missing.dat"],
  ["x 1 360\nab.dat 310 200", "format 310; formats 16, 24"],
  ["x 2 360\nab.dat 16 200", "describes 1 of its 2 signals"],
  ["x/3 2 360 1000\na 500\nb 500", "several segments"],
  ["x 1 nonsense\nab.dat 16 200", 'sampling rate of "nonsense"'],
  ["hello", "no WFDB header"],
])("refuses %j with words", (text, message) => {
  writeFileSync(join(folder, "x.hea"), text);
  expect(() => openRecording(join(folder, "x.hea"))).toThrow(message);
});
