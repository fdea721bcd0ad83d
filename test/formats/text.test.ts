// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { appendFileSync, existsSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { createCsvWriter } from "../../src/formats/csv-writer.ts";
import { openRecording } from "../../src/formats/open.ts";
import type { ReaderOptions } from "../../src/formats/recording.ts";
import { data, hasData } from "./independent.ts";
import { info, readAll, scratchFolder, start, uVChannels, waves } from "./synthetic.ts";

const scratch = scratchFolder();
let files = 0;

function open(text: string, options?: ReaderOptions, extension = "csv") {
  const path = join(scratch, `${++files}.${extension}`);
  writeFileSync(path, text);
  return openRecording(path, options);
}

describe("our own CSV", () => {
  test("comes back bit for bit", () => {
    const anything = fc.record({
      rate_hz: fc.oneof(fc.constantFrom(250, 0.5, 333.333, 1e5), fc.double({ min: 0.01, max: 1e5, noNaN: true })),
      values: fc.array(fc.float({ noDefaultInfinity: false }), { minLength: 1, maxLength: 600 }),
      name: fc
        .string({ minLength: 1, maxLength: 12, unit: "grapheme" })
        .filter((name) => /^\S.*[^\s.]$/.test(name) && !/[\p{Control}()[\]]/u.test(name)),
      annotations: fc.array(
        fc.record({
          onset_s: fc.integer({ min: -100, max: 100000 }).map((n) => n / 100),
          duration_s: fc.constantFrom(0, 1.5),
          text: fc
            .string({ minLength: 1, maxLength: 30, unit: "grapheme" })
            .filter((text) => text === text.trim() && !/\p{Control}/u.test(text)),
        }),
        { maxLength: 20 },
      ),
    });
    fc.assert(
      fc.property(anything, ({ rate_hz, values, name, annotations }) => {
        fc.pre(!["annotation", "time", "t", "time_s"].includes(name.toLowerCase()));
        const path = join(scratch, `${++files}.csv`);
        const channels = [
          { name, unit: "uV" },
          { name: "second, with comma", unit: "1" },
        ];
        const writer = createCsvWriter(path, info(rate_hz, channels));
        const samples = new Float32Array(Math.floor(values.length / 2) * 2 + 2);
        samples.set(values.slice(0, samples.length));
        for (const annotation of annotations) writer.annotate(annotation);
        writer.write(samples, samples.length / 2);
        writer.close();
        const reader = openRecording(path);
        expect(reader).toMatchObject({ rate_hz, channels, start, frames: samples.length / 2, notices: [] });
        expect([...readAll(reader, 7)]).toEqual([...samples].map((value) => value + 0));
        expect(reader.annotations).toEqual(annotations.toSorted((a, b) => a.onset_s - b.onset_s));
        reader.close();
      }),
      { numRuns: 150, includeErrorInReport: true },
    );
  });

  test("gaps stay gaps", () => {
    const path = join(scratch, `${++files}.csv`);
    const writer = createCsvWriter(path, info(250, uVChannels(1)));
    writer.write(waves(10, 1), 10);
    writer.gap(90);
    writer.write(waves(10, 1), 10);
    expect(writer.frames).toBe(110);
    writer.close();
    const reader = openRecording(path);
    expect(reader.gaps).toEqual([{ frame: 10, lost: 90 }]);
    expect(reader.frames).toBe(20);
    expect(reader.annotations).toEqual([{ onset_s: 0.04, duration_s: 0.36, text: "gap 90 frames" }]);
  });

  test("cut off anywhere, it keeps its whole lines", () => {
    const path = join(scratch, `${++files}.csv`);
    const writer = createCsvWriter(path, info(250, uVChannels(3)));
    const samples = waves(50, 3);
    writer.write(samples, 50);
    writer.close();
    const text = readFileSync(path, "utf8");
    const rows = text.indexOf("\n0,") + 1;
    for (let size = text.length; size > rows; size -= 7) {
      truncateSync(path, size);
      const whole = text.slice(rows, size).split("\n").length - 1;
      const reader = openRecording(path);
      expect(reader.frames - whole).toBeOneOf([0, 1]);
      expect(readAll(reader)).toEqual(samples.slice(0, reader.frames * 3));
      reader.close();
    }
  });
});

describe("other people's CSV", () => {
  test("time column, units in the names, semicolons with decimal commas", () => {
    const reader = open("time;O1 (µV);Acc [g];note\n0,000;1,5;-1;a\n0,004;2,5;1e-3;b\n0,008;;2;c\n");
    expect(reader).toMatchObject({ rate_hz: 250, frames: 3 });
    expect(reader.channels).toEqual([
      { name: "O1", unit: "uV" },
      { name: "Acc", unit: "g" },
    ]);
    expect([...readAll(reader)]).toEqual([1.5, -1, 2.5, 1e-3, Number.NaN, 2].map(Math.fround));
    expect(reader.notices).toEqual(['the column note holds no numbers ("a") and is left out']);
  });

  test("times with few digits still give a plain rate; gaps and epoch times are understood", () => {
    const times = Array.from({ length: 1000 }, (_, i) => (i + (i >= 600 ? 64 : 0)) / 256);
    const text = `timestamp\tx\n${times.map((t, i) => `${(1.7e12 + t * 1000).toFixed(0)}\t${i}`).join("\n")}`;
    const reader = open(text, {}, "tsv");
    expect(reader).toMatchObject({ rate_hz: 256, gaps: [{ frame: 600, lost: 64 }], start: new Date(1.7e12) });
    expect(reader.frames).toBe(1000);
  });

  test("times that jitter give a rate, but no gaps", () => {
    const times = Array.from({ length: 800 }, (_, i) => Math.floor(i / 8) * 0.032);
    const reader = open(`t,x\n${times.map((t) => `${t},1`).join("\n")}\n`);
    expect(reader.rate_hz).toBeCloseTo(250, -1);
    expect(reader.gaps).toEqual([]);
    expect(reader.notices.join()).toContain("jitters");
  });

  test("without names; the rate from an option or a comment", () => {
    expect(() => open("1,2\n3,4\n")).toThrow("give rate_hz");
    expect(open("1,2\n3,4\n", { rate_hz: 10 })).toMatchObject({ rate_hz: 10, frames: 2 });
    const reader = open("# rate_hz: 125\n\n1,2\n# a remark\n3,4\n5\n6,7");
    expect(reader).toMatchObject({
      rate_hz: 125,
      channels: [
        { name: "ch1", unit: "1" },
        { name: "ch2", unit: "1" },
      ],
    });
    expect([...readAll(reader)]).toEqual([1, 2, 3, 4, 6, 7]);
    expect(reader.notices).toEqual(["2 lines are no rows of the table and are left out"]);
  });

  test("reading jumps about as it likes", () => {
    const reader = open(`# rate_hz: 100\nx\n${Array.from({ length: 5000 }, (_, i) => i).join("\r\n")}`);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5100 }), fc.integer({ min: 0, max: 600 }), (from, count) => {
        const out = new Float32Array(600).fill(-1);
        const read = reader.read(from, count, out);
        expect(read).toBe(Math.max(0, Math.min(count, 5000 - from)));
        for (let i = 0; i < 600; i++) expect(out[i]).toBe(i < read ? from + i : -1);
      }),
    );
  });

  test.skipIf(!hasData)("BioSPPy's files", () => {
    const ecg = openRecording(join(data, "biosppy_ecg.txt"));
    expect(ecg).toMatchObject({ rate_hz: 1000, frames: 15000, channels: [{ name: "ECG", unit: "1" }], notices: [] });
    const expected = readFileSync(join(data, "biosppy_ecg.txt"), "utf8")
      .split("\n")
      .slice(4)
      .filter(Boolean)
      .map(Number);
    expect([...readAll(ecg, 977)]).toEqual(expected);
    const eeg = openRecording(join(data, "biosppy_eeg_ec.txt"));
    expect(eeg).toMatchObject({ rate_hz: 125, channels: [{ name: "EEG", unit: "1" }] });
    expect(eeg.start).toEqual(new Date("2021-07-18T23:58:26.361Z"));
  });
});

test("64 MB of CSV", () => {
  const path = join(scratch, "large.csv");
  writeFileSync(path, "time_s,a,b,c,d,e,f,g,h\n");
  const row = (i: number) =>
    `${(i / 250).toFixed(3)},${Array.from({ length: 8 }, (_, c) => (i % 1000) + c / 1000).join(",")}\n`;
  const block = 10000;
  let frames = 0;
  for (let bytes = 0; bytes < 64e6; frames += block) {
    const text = Array.from({ length: block }, (_, i) => row(frames + i)).join("");
    appendFileSync(path, text);
    bytes += text.length;
  }
  const begin = performance.now();
  const reader = openRecording(path);
  console.log(`64 MB of CSV open in ${((performance.now() - begin) / 1000).toFixed(2)} s`);
  expect(reader).toMatchObject({ rate_hz: 250, frames, gaps: [] });
  const out = new Float32Array(8);
  expect(reader.read(frames - 1, 1, out)).toBe(1);
  expect(out[0]).toBe(999);
  reader.close();
}, 30000);

describe("OpenBCI text", () => {
  const head =
    "%OpenBCI Raw EXG Data\n%Number of channels = 2\n%Sample Rate = 250 Hz\n%Board = OpenBCI_GUI$BoardCytonSerial\n";
  const titles =
    "Sample Index, EXG Channel 0, EXG Channel 1, Accel Channel 0, Timestamp, Marker Channel, Timestamp (Formatted)\n";
  const row = (i: number, index: number, marker = 0) =>
    `${index}, ${i}, ${-i}, 0.5, ${1.6e12 + i * 4}, ${marker}, 12:00\n`;

  test.skipIf(!hasData)("a real recording", () => {
    const path = join(data, "OpenBCI_GUI-v6-blinks-jawClench-alpha.txt");
    const reader = openRecording(path);
    expect(reader).toMatchObject({
      format: "OpenBCI",
      rate_hz: 250,
      gaps: [],
      notices: [],
      start: new Date(1557936053329),
    });
    const rows = readFileSync(path, "utf8")
      .split("\n")
      .slice(5)
      .filter(Boolean)
      .map((line) => line.split(",").map(Number));
    expect(reader.frames).toBe(rows.length);
    expect(reader.channels).toHaveLength(8);
    expect([...readAll(reader)]).toEqual(rows.flatMap((cells) => cells.slice(1, 9).map(Math.fround)));
    const accel = openRecording(path, { channels: ["accel channel 2"] });
    expect(accel.channels).toEqual([{ name: "Accel Channel 2", unit: "g" }]);
  });

  test("lost packets are gaps, markers annotations at the time they had", () => {
    const kept = Array.from({ length: 1000 }, (_, i) => i).filter(
      (i) => (i < 100 || i >= 103) && (i < 250 || i >= 260) && (i < 400 || i >= 900),
    );
    const reader = open(head + titles + kept.map((i) => row(i, i % 256, i === 950 ? 7 : 0)).join(""), {}, "txt");
    expect(reader.gaps).toEqual([
      { frame: 100, lost: 3 },
      { frame: 247, lost: 10 },
      { frame: 387, lost: 500 },
    ]);
    expect(reader.frames).toBe(kept.length);
    expect(reader.annotations).toEqual([{ onset_s: 950 / 250, duration_s: 0, text: "marker 7" }]);
  });

  test("a Daisy board counts by two", () => {
    const many = Array.from({ length: 16 }, (_, i) => `EXG Channel ${i}`).join(", ");
    const cells = ", 1".repeat(16);
    const kept = Array.from({ length: 400 }, (_, i) => i).filter((i) => i < 50 || i >= 55);
    const text = `${head}Sample Index, ${many}, Timestamp\n${kept.map((i) => `${(2 * i) % 256}${cells}, ${1.6e9 + i / 250}\n`).join("")}`;
    expect(open(text, {}, "txt").gaps).toEqual([{ frame: 50, lost: 5 }]);
  });

  test("old files without titles, and a cut off line", () => {
    const old = `%OpenBCI Raw EEG Data\n%\n%Number of channels = 2\n%Sample Rate = 250.0 Hz\n0, 1, 2, 0.1\n1, 3, 4, 0.1\n2, 5`;
    const reader = open(old, {}, "txt");
    expect([...readAll(reader)]).toEqual([1, 2, 3, 4]);
    expect(reader.notices).toEqual(["1 lines are no rows of samples and are left out"]);
    expect(() => open("%OpenBCI Raw EEG Data\n", {}, "txt")).toThrow("ends before its first sample");
  });
});

test("refusals name the file, the problem and the remedy", () => {
  expect(() => openRecording(join(scratch, "nowhere.edf"))).toThrow(
    /nowhere\.edf: cannot be opened .*; check the path/,
  );
  expect(() => openRecording(scratch)).toThrow("is not a file");
  Bun.spawnSync(["mkfifo", join(scratch, "pipe.csv")]);
  expect(() => openRecording(join(scratch, "pipe.csv"))).toThrow("is not a file");
  expect(() => open("", {}, "edf")).toThrow("is empty");
  expect(() => open("XDF:....", {}, "xdf")).toThrow("EDF, BDF, WFDB (.hea), WAV, CSV and OpenBCI text can be read");
  expect(() => open("0,1", {}, "dat")).toThrow(/has no header \d+\.hea beside it/);
  expect(existsSync(join(scratch, "nowhere.edf"))).toBe(false);
});
