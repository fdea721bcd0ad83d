// SPDX-License-Identifier: Apache-2.0
// Damaged and made-up files: every one must be refused with words or give the data that is really there.
import { describe, expect, test } from "bun:test";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { createRecording } from "../../src/formats/create.ts";
import { openRecording } from "../../src/formats/open.ts";
import { ProblemsError } from "../../src/pipeline/problem.ts";
import { info, scratchFolder, uVChannels, waves } from "./synthetic.ts";

const scratch = scratchFolder();

/** Files that make one sound recording; the first is the one to open. */
type Recording = { name: string; bytes: Buffer }[];

const sound: Record<string, Recording> = {
  edf: [written("edf")],
  bdf: [written("bdf")],
  wav: [written("wav")],
  csv: [written("csv")],
  openbci: [
    {
      name: "hostile.txt",
      bytes: Buffer.from(
        "%OpenBCI Raw EXG Data\n%Number of channels = 2\n%Sample Rate = 250 Hz\n%Board = OpenBCI_GUI$BoardCytonSerial\n" +
          "Sample Index, EXG Channel 0, EXG Channel 1, Accel Channel 0, Timestamp, Marker Channel\n" +
          Array.from({ length: 20 }, (_, i) => `${i % 256}, ${i}.5, ${-i}, 0.1, ${1.6e12 + 4 * i}, ${i % 7}\n`).join(
            "",
          ),
      ),
    },
  ],
  wfdb: [
    {
      name: "hostile.hea",
      bytes: Buffer.from(
        "hostile 2 360 60\nhostile.dat 212 200 11 1024 995 -1 0 I\nhostile.dat 212 200 11 0 0 0 0 II\n",
      ),
    },
    { name: "hostile.dat", bytes: Buffer.from(Uint8Array.from({ length: 180 }, (_, i) => (i * 37) & 255)) },
    {
      name: "hostile.atr",
      bytes: Buffer.from(Uint8Array.from([10, 4, 20, 20, 0, 236, 1, 0, 0, 0, 5, 4, 2, 252, 65, 66, 0, 0])),
    },
  ],
};

describe.each(Object.keys(sound))("%s", (format) => {
  const recording = sound[format] as Recording;

  test("sound", () => expect(openCarefully(recording)).toBe("read"));

  test("cut off at every byte", () => {
    for (const [which, { bytes }] of recording.entries())
      for (let size = 0; size < bytes.length; size += size < 600 ? 1 : 7)
        openCarefully(damaged(recording, which, bytes.subarray(0, size)));
  }, 30000);

  test("bytes changed", () => {
    const change = fc.tuple(
      fc.nat(),
      fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0x20, 0x2d, 0x30, 0x39, 0x2c, 0x0a)),
    );
    fc.assert(
      fc.property(fc.nat(recording.length - 1), fc.array(change, { minLength: 1, maxLength: 8 }), (which, changes) => {
        const bytes = Buffer.from(recording[which]?.bytes ?? "");
        for (const [place, value] of changes) bytes[place % bytes.length] = value;
        openCarefully(damaged(recording, which, bytes));
      }),
      { numRuns: 600, includeErrorInReport: true },
    );
  }, 30000);

  test("spans overwritten with numbers of all kinds", () => {
    const number = fc.constantFrom(
      "-1",
      "0",
      "99999999",
      "1e300",
      "-9999999",
      "NaN",
      "Infinity",
      "4294967295",
      "1e-300",
      "2147483648",
      "9007199254740993",
      " ",
    );
    fc.assert(
      fc.property(fc.nat(recording.length - 1), fc.nat(), number, (which, place, text) => {
        const bytes = Buffer.from(recording[which]?.bytes ?? "");
        bytes.write(text.padEnd(8), (place % Math.ceil(bytes.length / 4)) * 4, "latin1");
        openCarefully(damaged(recording, which, bytes));
      }),
      { numRuns: 600, includeErrorInReport: true },
    );
  }, 30000);

  test("bytes inserted, removed, repeated", () => {
    const edit = fc.record({
      which: fc.nat(recording.length - 1),
      at: fc.nat(),
      remove: fc.nat(40),
      insert: fc.uint8Array({ maxLength: 40 }),
    });
    fc.assert(
      fc.property(edit, ({ which, at, remove, insert }) => {
        const bytes = recording[which]?.bytes ?? Buffer.alloc(0);
        const place = at % bytes.length;
        openCarefully(
          damaged(recording, which, Buffer.concat([bytes.subarray(0, place), insert, bytes.subarray(place + remove)])),
        );
      }),
      { numRuns: 400, includeErrorInReport: true },
    );
  }, 30000);

  test("nothing but noise behind a plausible beginning", () => {
    fc.assert(
      fc.property(
        fc.nat(recording.length - 1),
        fc.nat(400),
        fc.uint8Array({ maxLength: 3000, size: "max" }),
        (which, keep, noise) => {
          const start = recording[which]?.bytes.subarray(0, keep) ?? Buffer.alloc(0);
          openCarefully(damaged(recording, which, Buffer.concat([start, noise])));
        },
      ),
      { numRuns: 300, includeErrorInReport: true },
    );
  }, 30000);
});

test("runs without end do not take forever", () => {
  const runs = [" ", ".", "1", ",", '"', "a,", '",', "#", "\n", "(", "%="].map((piece) =>
    piece.repeat(Math.floor(800_000 / piece.length)),
  );
  const beginnings = [
    "",
    "# ",
    "x,",
    "1,",
    "x 1 360\n",
    "x 1 360\nx.dat 16 ",
    "%OpenBCI\n",
    "%OpenBCI\n%Sample Rate = 250\nSample Index, ",
  ];
  for (const run of runs)
    for (const start of beginnings)
      for (const extension of ["csv", "hea"])
        openCarefully([{ name: `run.${extension}`, bytes: Buffer.from(`${start}${run}x`) }]);
  const edf = Buffer.from((sound.edf as Recording)[0]?.bytes ?? "");
  edf.write(String(400_000).padEnd(8), 256 + 3 * 216 + 16, "latin1");
  openCarefully([
    { name: "run.edf", bytes: Buffer.concat([edf.subarray(0, 1024), Buffer.from(`+${"1".repeat(900_000)}x`)]) },
  ]);
}, 30000);

test("noise under any extension", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 2000 }),
      fc.constantFrom("edf", "bdf", "hea", "dat", "wav", "csv", "txt", "tsv", "xyz"),
      (noise, extension) => {
        openCarefully([{ name: `noise.${extension}`, bytes: Buffer.from(noise) }]);
      },
    ),
    { numRuns: 500, includeErrorInReport: true },
  );
});

function written(format: "edf" | "bdf" | "wav" | "csv"): Recording[number] {
  const path = join(scratch, `sound.${format}`);
  const writer = createRecording(format, path, info(20, uVChannels(2)));
  for (let i = 0; i < 5; i++) writer.annotate({ onset_s: i / 2, duration_s: 0.25, text: `mark ${i} ä` });
  writer.write(waves(50, 2), 50);
  writer.close();
  return { name: `hostile.${format}`, bytes: readFileSync(path) };
}

function damaged(recording: Recording, which: number, bytes: Buffer): Recording {
  return recording.map((file, i) => (i === which ? { ...file, bytes } : file));
}

/** Opens and reads everything; only refusals in words are allowed, and claims that the bytes can bear. */
function openCarefully(recording: Recording): "refused" | "read" {
  let total = 0;
  for (const { name, bytes } of recording) {
    writeFileSync(join(scratch, name), bytes);
    total += statSync(join(scratch, name)).size;
  }
  let reader: ReturnType<typeof openRecording>;
  try {
    reader = openRecording(join(scratch, recording[0]?.name ?? ""));
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    expect(error.message).toContain(scratch);
    return "refused";
  }
  const { channels, frames, rate_hz, annotations, gaps, start } = reader;
  expect(Number.isSafeInteger(frames) && frames >= 0).toBe(true);
  expect(frames * channels.length).toBeLessThanOrEqual(2 * total);
  expect(channels.length === 0 || (rate_hz > 0 && Number.isFinite(rate_hz))).toBe(true);
  expect(start === undefined || !Number.isNaN(start.getTime())).toBe(true);
  expect(new Set(channels.map(({ name }) => name)).size).toBe(channels.length);
  for (const [i, { onset_s, duration_s, text }] of annotations.entries()) {
    expect(Number.isFinite(onset_s) && duration_s >= 0 && Number.isFinite(duration_s) && text !== "").toBe(true);
    expect(onset_s).toBeGreaterThanOrEqual(annotations[i - 1]?.onset_s ?? Number.NEGATIVE_INFINITY);
  }
  for (const { frame, lost } of gaps) expect(frame <= frames && lost > 0 && Number.isSafeInteger(lost)).toBe(true);
  const out = new Float32Array(97 * Math.max(1, channels.length));
  let read = 0;
  while (read < frames) {
    const count = reader.read(read, 97, out);
    expect(channels.length === 0 || count === Math.min(97, frames - read)).toBe(true);
    if (count === 0) break;
    read += count;
  }
  expect(reader.read(frames, 97, out)).toBe(0);
  reader.close();
  return "read";
}
