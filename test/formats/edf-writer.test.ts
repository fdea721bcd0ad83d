// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { closeSync, openSync, readFileSync, rmSync, truncateSync, writeSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { createRecording } from "../../src/formats/create.ts";
import { openEdf } from "../../src/formats/edf.ts";
import { chooseRecord } from "../../src/formats/edf-record.ts";
import { repairEdf } from "../../src/formats/edf-repair.ts";
import { physicalRange } from "../../src/formats/edf-scale.ts";
import type { Annotation } from "../../src/formats/recording.ts";
import { askEdflib, askMne, hasEdflib, hasMne } from "./independent.ts";
import { info, largestDifference, readAll, scratchFolder, start, uVChannels, waves } from "./synthetic.ts";

const scratch = scratchFolder();
let files = 0;
const fresh = (extension: string) => join(scratch, `${++files}.${extension}`);
const half = { edf: 0.05, bdf: 187500 / 8388607 / 2 } as const;
const formats = ["edf", "bdf"] as const;

describe.each(formats)("%s", (format) => {
  test("comes back from our own reader, for any rate, length and block size", () => {
    const anything = fc.record({
      rate_hz: fc.oneof(
        fc.integer({ min: 1, max: 2000 }),
        fc.constantFrom(0.5, 15.625, 31.25, 250.5, 512.3, 333.333),
        fc.double({ min: 0.1, max: 3000, noNaN: true }),
      ),
      channels: fc.integer({ min: 1, max: 9 }),
      seconds: fc.double({ min: 0, max: 4, noNaN: true }),
      block: fc.integer({ min: 1, max: 700 }),
      annotations: fc.array(
        fc.record({
          onset_s: fc.double({ min: 0, max: 4, noNaN: true }),
          duration_s: fc.constantFrom(0, 0.5, 1.25),
          text: fc.string({ minLength: 1, maxLength: 60, unit: "grapheme" }),
        }),
        { maxLength: 12 },
      ),
    });
    fc.assert(
      fc.property(anything, ({ rate_hz, channels, seconds, block, annotations }) => {
        const path = fresh(format);
        const frames = Math.floor(seconds * rate_hz);
        const samples = waves(frames, channels);
        const writer = createRecording(format, path, info(rate_hz, uVChannels(channels)));
        for (const annotation of annotations) writer.annotate(annotation);
        for (let frame = 0; frame < frames; frame += block)
          writer.write(samples.subarray(frame * channels), Math.min(block, frames - frame));
        writer.close();

        const reader = openEdf(path);
        expect(reader.notices).toEqual([]);
        expect(reader.frames).toBe(frames);
        expect(Math.abs(reader.rate_hz / rate_hz - 1)).toBeLessThan(2e-6);
        expect(reader.channels).toEqual(uVChannels(channels));
        // The fraction of a second stands in the first record.
        if (frames > 0) expect(reader.start).toEqual(start);
        expect(largestDifference(samples, readAll(reader, block))).toBeLessThan(half[format] * 1.001);
        const kept = reader.annotations.filter(({ text }) => text !== "Recording ends");
        expect(kept.map(keyOf).sort()).toEqual(annotations.map(keyOf).sort());
        reader.close();
        rmSync(path);
      }),
      { numRuns: 150, includeErrorInReport: true },
    );
  });

  test.skipIf(!hasEdflib)("opens in EDFlib with the same rate, labels, scale, times and texts", () => {
    const path = recordEverything(format);
    const [file] = askEdflib(path);
    expect(file).toMatchObject({ records: 4, duration_s: 4, start: "2026-03-04T05:06:07.250Z" });
    expect(file).toMatchObject({ equipment: "Stagebox 0.1.0", patient_name: "Zoe Noel" });
    expect(file?.signals.map(({ label }) => label.trim())).toEqual(["EEG 1", "EEG 2", "uV?"]);
    expect(file?.signals.map(({ rate_hz }) => rate_hz)).toEqual([250, 250, 250]);
    checkFirst(
      format,
      file?.signals.map(({ first }) => first),
    );
    expect(file?.annotations).toEqual(everyAnnotation());
  });

  test.skipIf(!hasMne)("opens in MNE with the same rate, names, scale, times and texts", () => {
    const path = recordEverything(format);
    const [file] = askMne(path);
    expect(file).toMatchObject({ rate_hz: 250, frames: 1000, names: ["EEG 1", "EEG 2", "uV?"] });
    checkFirst(format, file?.first);
    for (const [i, { onset_s, duration_s, text }] of everyAnnotation().entries()) {
      expect(file?.annotations[i]?.onset_s).toBeCloseTo(onset_s, 6);
      expect(file?.annotations[i]).toMatchObject({ duration_s, text });
    }
  });

  test.skipIf(!hasEdflib || !hasMne)("opens in both at rates that are not whole", () => {
    const rates = [0.5, 15.625, 250.5, 333.333, 512.3, 1024, 16000];
    const paths = rates.map((rate_hz) => {
      const path = fresh(format);
      const writer = createRecording(format, path, info(rate_hz, uVChannels(2)));
      const frames = Math.ceil(rate_hz * 5);
      writer.write(waves(frames, 2), frames);
      writer.close();
      return path;
    });
    const mne = askMne(...paths);
    for (const [i, file] of askEdflib(...paths).entries()) {
      expect(file.error).toBeUndefined();
      const rate_hz = rates[i] as number;
      expect(Math.abs((file.signals[0]?.rate_hz ?? 0) / rate_hz - 1)).toBeLessThan(1e-6);
      expect(Math.abs((mne[i]?.rate_hz ?? 0) / rate_hz - 1)).toBeLessThan(1e-6);
    }
  });

  test("fills gaps with zeros and keeps the time of what follows", () => {
    const path = fresh(format);
    const writer = createRecording(format, path, info(100, uVChannels(2)));
    const samples = waves(200, 2);
    writer.write(samples, 200);
    writer.gap(130);
    writer.write(samples, 200);
    expect(writer.frames).toBe(530);
    writer.close();
    const reader = openEdf(path);
    expect(reader.frames).toBe(530);
    expect(reader.annotations[0]).toEqual({ onset_s: 2, duration_s: 1.3, text: "gap 130 frames" });
    const all = readAll(reader);
    expect(all.subarray(400, 660).every((value) => value === 0)).toBe(true);
    expect(largestDifference(samples, all.subarray(660))).toBeLessThan(half[format] * 1.001);
  });

  test("counts what it clips and what is no number", () => {
    const path = fresh(format);
    const writer = createRecording(format, path, info(4, uVChannels(1)), { range: { "EEG 1": { min: -10, max: 20 } } });
    writer.write(new Float32Array([5, 25, -11, Number.NaN, Number.POSITIVE_INFINITY, -10, 20, 0]), 8);
    expect(writer).toMatchObject({ clipped: 3, invalid: 1 });
    writer.close();
    const values = readAll(openEdf(path));
    expect(largestDifference(values, [5, 20, -10, 0, 20, -10, 20, 0])).toBeLessThan(30 / 65534 / 2 + 1e-6);
  });

  test("carries annotations that do not fit to later records, and cuts long ones at characters", () => {
    const path = fresh(format);
    const writer = createRecording(format, path, info(10, uVChannels(1)));
    for (let i = 0; i < 40; i++) writer.annotate({ onset_s: i / 40, duration_s: 0, text: `${i}: ${"ä€😀".repeat(4)}` });
    const long = "Ünïcödé😀".repeat(100);
    writer.annotate({ onset_s: 1.5, duration_s: 0, text: long });
    writer.write(waves(25, 1), 25);
    writer.close();
    const reader = openEdf(path);
    expect(reader.frames).toBe(25);
    const texts = reader.annotations.map(({ text }) => text);
    expect(texts.filter((text) => /^\d+: /.test(text))).toHaveLength(40);
    const pieces = reader.annotations.filter(({ onset_s }) => onset_s === 1.5);
    expect(pieces.map(({ text }) => text).join("")).toBe(long);
    if (hasEdflib) expect(askEdflib(path)[0]?.annotations).toHaveLength(reader.annotations.length);
    if (hasMne) expect(askMne(path)[0]?.error).toBeUndefined();
  });

  test("is never written over an existing file", () => {
    const path = fresh(format);
    createRecording(format, path, info(10, uVChannels(1))).close();
    expect(() => createRecording(format, path, info(10, uVChannels(1)))).toThrow("exists already");
  });

  test("is mended after a crash between a data record and the count", () => {
    const path = fresh(format);
    const writer = createRecording(format, path, info(100, uVChannels(2)));
    writer.write(waves(300, 2), 300);
    writer.close();
    const whole = readFileSync(path);
    expect(repairEdf(path)).toBe(false);

    const fd = openSync(path, "r+");
    writeSync(fd, "2       ", 236);
    closeSync(fd);
    expect(repairEdf(path)).toBe(true);
    expect(readFileSync(path).equals(whole)).toBe(true);

    truncateSync(path, whole.length - 7);
    expect(openEdf(path).frames).toBe(200);
    expect(repairEdf(path)).toBe(true);
    expect(openEdf(path)).toMatchObject({ frames: 200, notices: [] });
    if (hasEdflib) expect(askEdflib(path)[0]?.records).toBe(2);
  });
});

test("a data record lasts a second at whole rates, and less where the rate asks for it", () => {
  expect(chooseRecord("f", 250, 24)).toEqual({ frames: 250, duration_s: 1 });
  expect(chooseRecord("f", 15.625, 24)).toEqual({ frames: 15, duration_s: 0.96 });
  expect(chooseRecord("f", 0.5, 24)).toEqual({ frames: 1, duration_s: 2 });
  const large = chooseRecord("f", 30000, 3 * 1024);
  expect(large.frames * 3 * 1024).toBeLessThanOrEqual(8 * 1024 * 1024);
  expect(large.frames / large.duration_s).toBe(30000);
});

test("physical ranges are rounded outward to 8 characters", () => {
  const magnitude = fc.double({ min: 1e-5, max: 9e6, noNaN: true });
  fc.assert(
    fc.property(magnitude, magnitude, fc.boolean(), (a, b, symmetric) => {
      const wanted = { min: -a, max: symmetric ? a : b };
      const { min, max } = physicalRange("f", { name: "x", unit: "uV" }, 3, wanted);
      expect(min).toBeLessThanOrEqual(wanted.min);
      expect(max).toBeGreaterThanOrEqual(wanted.max);
      expect(String(min).length).toBeLessThanOrEqual(8);
      expect(String(max).length).toBeLessThanOrEqual(8);
      expect(min - wanted.min).toBeGreaterThan(-Math.max(1.001e-5, a * 1e-4));
    }),
  );
  expect(() => physicalRange("f", { name: "x", unit: "uV" }, 2, { min: -1e9, max: 1 })).toThrow("does not fit");
});

test("64 channels at 4 kHz take a few percent of a core", () => {
  const samples = waves(32, 64);
  const writer = createRecording("bdf", fresh("bdf"), info(4000, uVChannels(64)));
  const times = Array.from({ length: 6 }, () => {
    const begin = performance.now();
    for (let block = 0; block < 125; block++) writer.write(samples, 32);
    return performance.now() - begin;
  });
  writer.close();
  console.log(`64 channels x 4 kHz: ${Math.min(...times).toFixed(2)} ms for a second of BDF+`);
  expect(Math.min(...times)).toBeLessThan(50);
});

/** Two channels of waves and one whose name and unit EDF cannot express; annotations; a patient. */
function recordEverything(format: "edf" | "bdf"): string {
  const path = fresh(format);
  const channels = [...uVChannels(2), { name: "µV→", unit: "uV" }];
  const patient = { name: "Zoë Noël", sex: "F" as const, birthdate: new Date("1980-02-03") };
  const writer = createRecording(format, path, info(250, channels), { patient });
  for (const annotation of everyAnnotation()) writer.annotate(annotation);
  writer.write(waves(1000, 3), 1000);
  writer.close();
  return path;
}

function everyAnnotation(): Annotation[] {
  return [
    { onset_s: 0, duration_s: 0, text: "begin" },
    { onset_s: 0.5, duration_s: 0.25, text: "eyes closed" },
    { onset_s: 1.2345678, duration_s: 2, text: "Lidschlag: Ä µ €" },
  ];
}

function checkFirst(format: "edf" | "bdf", first: number[][] | undefined): void {
  const samples = waves(8, 3);
  for (let channel = 0; channel < 3; channel++) {
    const expected = samples.filter((_, i) => i % 3 === channel);
    expect(first?.[channel]).toHaveLength(8);
    expect(largestDifference(expected, first?.[channel] ?? [])).toBeLessThan(half[format] * 1.001);
  }
}

/** Onset to 100 ns; characters that lists cannot hold are spaces. */
function keyOf({ onset_s, duration_s, text }: Annotation): string {
  return `${onset_s.toFixed(7)} ${duration_s} ${text.toWellFormed().replace(/\p{Control}/gu, " ")}`;
}
