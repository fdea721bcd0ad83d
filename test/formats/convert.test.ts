// SPDX-License-Identifier: Apache-2.0
//
// What is converted is what was there: read back by our readers, and by EDFlib where it is installed.
import { expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { convertRecording } from "../../src/formats/convert.ts";
import { createRecording, RECORDING_FORMATS } from "../../src/formats/create.ts";
import { openRecording } from "../../src/formats/open.ts";
import { askEdflib, hasEdflib } from "./independent.ts";
import { info, readAll, scratchFolder, start, uVChannels, waves } from "./synthetic.ts";

const folder = scratchFolder();
const RATE_HZ = 200;
const CHANNELS = [...uVChannels(2), { name: "Accel", unit: "g" }];
const FRAMES = 3000;
const REACH = [20_000, 20, 2];
const samples = waves(FRAMES, 3, 1).map((value, index) => value * (REACH[index % 3] ?? 0));

const original = join(folder, "original.csv");
const writer = createRecording("csv", original, info(RATE_HZ, CHANNELS));
writer.annotate({ onset_s: 1, duration_s: 0.5, text: "first" });
writer.write(samples, 1000);
writer.gap(100);
writer.annotate({ onset_s: 7, duration_s: 0, text: "behind, the gap" });
writer.write(samples.subarray(3000), 2000);
writer.close();

let count = 0;
async function converted(format: (typeof RECORDING_FORMATS)[number], options = {}) {
  const path = join(folder, `${++count}.${format}`);
  const said = await convertRecording(original, path, format, options);
  const reader = openRecording(path);
  const { rate_hz, channels, annotations, gaps, frames } = reader;
  const data = readAll(reader);
  reader.close();
  return { path, said, rate_hz, channels, annotations, gaps, frames, data, start: reader.start };
}

const NOTES = [
  { onset_s: 1, duration_s: 0.5, text: "first" },
  { onset_s: 5, duration_s: 0.5, text: "gap 100 frames" },
  { onset_s: 7, duration_s: 0, text: "behind, the gap" },
];

test.each(RECORDING_FORMATS)("%s holds the frames, annotations and gaps", async (format) => {
  const file = await converted(format);
  expect([file.rate_hz, file.channels]).toEqual([RATE_HZ, CHANNELS]);
  const noted = format === "wav" ? NOTES.map((note) => ({ ...note, duration_s: 0 })) : NOTES;
  const own = file.annotations.filter(({ text }) => text !== "Recording ends"); // before what fills a second up
  expect(own.map(({ onset_s, duration_s, text }) => ({ onset_s, duration_s, text }))).toEqual(noted);
  expect(file.start?.toISOString().slice(0, 19)).toBe(start.toISOString().slice(0, 19));
  expect(file.said).toMatchObject({ frames: 3100, duration_s: 15.5, clipped: 0, invalid: 0 });
  const filled = file.frames >= 3100; // CSV leaves out what is missing; EDF ends with a whole record
  expect(file.gaps).toEqual(filled ? [] : [{ frame: 1000, lost: 100 }]);
  const steps = { bdf: 2 ** 23, edf: 2 ** 15, csv: Number.POSITIVE_INFINITY, wav: Number.POSITIVE_INFINITY };
  for (let channel = 0; channel < 3; channel++) {
    const step = (REACH[channel] ?? 0) / steps[format] + 1e-5; // the range's own text has 8 characters
    for (let frame = 0; frame < FRAMES; frame++) {
      const at = frame + (filled && frame >= 1000 ? 100 : 0);
      const off = Math.abs((file.data[at * 3 + channel] ?? Number.NaN) - (samples[frame * 3 + channel] ?? 0));
      if (!(off <= step)) throw new Error(`${format}: channel ${channel}, frame ${frame} is off by ${off}`);
    }
  }
});

test("a part of it begins where it was asked to, gaps counted", async () => {
  const file = await converted("csv", { start_s: 4.5, duration_s: 3 });
  expect(file.said).toMatchObject({ frames: 600, duration_s: 3 });
  expect(file.start?.getTime()).toBe(start.getTime() + 4500);
  expect(file.annotations).toEqual([
    { onset_s: 0.5, duration_s: 0.5, text: "gap 100 frames" },
    { onset_s: 2.5, duration_s: 0, text: "behind, the gap" },
  ]);
  expect(file.gaps).toEqual([{ frame: 100, lost: 100 }]);
  expect(file.data.subarray(0, 300)).toEqual(samples.subarray(2700, 3000));
  expect(file.data.subarray(300)).toEqual(samples.subarray(3000, 4200));
});

test.skipIf(!hasEdflib)("EDFlib reads what was converted", async () => {
  const { path } = await converted("bdf");
  const [file] = askEdflib(path);
  expect(file?.error).toBeUndefined();
  expect(file?.signals.map(({ label, unit, rate_hz }) => [label.trim(), unit.trim(), rate_hz])).toEqual(
    CHANNELS.map(({ name, unit }) => [name, unit, RATE_HZ]),
  );
  expect(file?.annotations.map(({ text }) => text)).toEqual([...NOTES.map(({ text }) => text), "Recording ends"]);
});

test("what cannot be done leaves no file", async () => {
  const before = readdirSync(folder).length;
  const attempt = (options: object, from = original) =>
    convertRecording(from, join(folder, "none.csv"), "csv", options).catch((error) => error.message);
  expect(await attempt({ start_s: 16 })).toContain("has nothing there: it holds 15.500 s");
  expect(await attempt({ most_bytes: 1000 })).toContain("would get longer than 0 MB");
  expect(await attempt({ signal: AbortSignal.abort(new Error("enough")) })).toBe("enough");
  expect(await attempt({}, join(folder, "gone.bdf"))).toContain("gone.bdf");
  expect(existsSync(join(folder, "none.csv"))).toBe(false);
  expect(readdirSync(folder).length).toBe(before);
});
