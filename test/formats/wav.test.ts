// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import {
  closeSync,
  existsSync,
  ftruncateSync,
  openSync,
  readFileSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { openRecording } from "../../src/formats/open.ts";
import { createWavWriter } from "../../src/formats/wav-writer.ts";
import { info, largestDifference, readAll, scratchFolder, start, uVChannels, waves } from "./synthetic.ts";

const scratch = scratchFolder();
let files = 0;
const fresh = () => join(scratch, `${++files}.wav`);

const python = "/usr/bin/python3";
const hasScipy = existsSync(python) && Bun.spawnSync([python, "-c", "import scipy.io.wavfile"]).success;
if (!hasScipy) console.log("skipped: scipy is missing");

describe.each([16, 24, 32] as const)("%i bits", (bits) => {
  // Half a step, and half a step of a 32-bit float at 1e5.
  const tolerance = bits === 32 ? 0 : 187500 / 2 ** bits + 0.004;

  test("comes back, for any number of channels and blocks", () => {
    const anything = fc.record({
      rate_hz: fc.constantFrom(1, 250, 250.5, 48000),
      channels: fc.integer({ min: 1, max: 9 }),
      frames: fc.integer({ min: 0, max: 5000 }),
      block: fc.integer({ min: 1, max: 1000 }),
    });
    fc.assert(
      fc.property(anything, ({ rate_hz, channels, frames, block }) => {
        const path = fresh();
        const samples = waves(frames, channels, 1e5);
        const writer = createWavWriter(path, info(rate_hz, uVChannels(channels)), { bits });
        for (let frame = 0; frame < frames; frame += block)
          writer.write(samples.subarray(frame * channels), Math.min(block, frames - frame));
        writer.annotate({ onset_s: 100 / rate_hz, duration_s: 0, text: "Größe €" });
        writer.close();
        const reader = openRecording(path);
        expect(reader).toMatchObject({ rate_hz, frames, channels: uVChannels(channels), start, notices: [] });
        expect(largestDifference(samples, readAll(reader, block))).toBeLessThanOrEqual(tolerance);
        expect(reader.annotations).toEqual([{ onset_s: 100 / rate_hz, duration_s: 0, text: "Größe €" }]);
        reader.close();
      }),
      { numRuns: 40, includeErrorInReport: true },
    );
  });

  test.skipIf(!hasScipy)("opens in scipy", () => {
    const path = fresh();
    const samples = waves(1001, 3, 1e5);
    const writer = createWavWriter(path, info(250, uVChannels(3)), { bits });
    writer.write(samples, 1001);
    writer.annotate({ onset_s: 0.5, duration_s: 0, text: "mark" });
    writer.close();
    const program =
      "import sys, json, scipy.io.wavfile as w; r, x = w.read(sys.argv[1]); print(json.dumps([r, x.shape, x.astype(float).ravel().tolist()]))";
    const run = Bun.spawnSync([python, "-W", "ignore", "-c", program, path]);
    const [rate_hz, shape, values] = JSON.parse(String(run.stdout));
    expect(rate_hz).toBe(250);
    expect(shape).toEqual([1001, 3]);
    // scipy gives 24 bits in the upper part of 32.
    const step = { 16: 187500 / 2 ** 15, 24: 187500 / 2 ** 31, 32: 1 }[bits];
    expect(
      largestDifference(
        samples,
        values.map((value: number) => value * step),
      ),
    ).toBeLessThanOrEqual(tolerance);
  });
});

test("clips, counts, and fills gaps", () => {
  const path = fresh();
  const writer = createWavWriter(path, info(10, uVChannels(1)), {
    bits: 16,
    range: { "EEG 1": { min: -100, max: 100 } },
  });
  writer.write(new Float32Array([50, 150, -150, Number.NaN]), 4);
  writer.gap(3000);
  writer.write(new Float32Array([-100]), 1);
  expect(writer).toMatchObject({ clipped: 2, invalid: 1, frames: 3005 });
  writer.close();
  const reader = openRecording(path);
  const values = readAll(reader);
  expect(largestDifference(values.subarray(0, 4), [50, 100, -100, 0])).toBeLessThan(0.01);
  expect(values.at(-1)).toBe(-100);
  expect(reader.annotations).toEqual([{ onset_s: 0.4, duration_s: 0, text: "gap 3000 frames" }]);
});

test("a file cut off anywhere keeps what came before", () => {
  const path = fresh();
  const writer = createWavWriter(path, info(100, uVChannels(2)));
  writer.write(waves(100, 2), 100);
  writer.sync();
  writer.write(waves(50, 2), 50);
  // Not closed: the second block is not in the header yet.
  expect(openRecording(path)).toMatchObject({ frames: 100, notices: [] });
  writer.close();
  const size = readFileSync(path).length;
  truncateSync(path, size - 301);
  const reader = openRecording(path);
  expect(reader.frames).toBe(Math.floor((150 * 8 - 301) / 8));
  expect(reader.notices.join()).toContain("claims 1200 bytes of data, the file holds 899");
});

test("plain PCM of other programs, names by number", () => {
  const path = fresh();
  const bytes = Buffer.alloc(44 + 12);
  bytes.write("RIFF....WAVEfmt ", 0, "latin1");
  bytes.set([16, 0, 0, 0, 1, 0, 2, 0, 0x44, 0xac, 0, 0, 0, 0, 0, 0, 4, 0, 16, 0], 16);
  bytes.write("data", 36, "latin1");
  bytes.writeUInt32LE(12, 40);
  for (const [i, value] of [16384, -32768, 0, 1, -1, 32767].entries()) bytes.writeInt16LE(value, 44 + 2 * i);
  writeFileSync(path, bytes);
  const reader = openRecording(path, { channels: ["ch2"] });
  expect(reader).toMatchObject({ rate_hz: 44100, frames: 3, channels: [{ name: "ch2", unit: "FS" }] });
  expect([...readAll(reader)]).toEqual([-1, 1 / 32768, 32767 / 32768]);
  const whole = openRecording(path);
  expect([...readAll(whole, 1)]).toEqual([0.5, -1, 0, 1 / 32768, -1 / 32768, 32767 / 32768]);
});

test("RF64 past 4 GiB, in a file with a hole", () => {
  const path = fresh();
  createWavWriter(path, info(250, uVChannels(1))).close();
  const data_position = readFileSync(path).length;
  const data_bytes = 2 ** 32 + 4000;
  const sizes = Buffer.alloc(36);
  sizes.write("ds64", 0, "latin1");
  sizes.writeUInt32LE(28, 4);
  sizes.writeBigUInt64LE(BigInt(data_position + data_bytes - 8), 8);
  sizes.writeBigUInt64LE(BigInt(data_bytes), 16);
  const fd = openSync(path, "r+");
  writeSync(fd, Buffer.from("RF64\xff\xff\xff\xff", "latin1"), 0, 8, 0);
  writeSync(fd, sizes, 0, 36, 12);
  writeSync(fd, Buffer.from([255, 255, 255, 255]), 0, 4, data_position - 4);
  ftruncateSync(fd, data_position + data_bytes);
  writeSync(fd, Buffer.from(new Float32Array([42]).buffer), 0, 4, data_position + data_bytes - 4);
  closeSync(fd);
  const reader = openRecording(path);
  expect(reader).toMatchObject({ frames: data_bytes / 4, notices: [] });
  const last = new Float32Array(1);
  expect(reader.read(reader.frames - 1, 1, last)).toBe(1);
  expect(last[0]).toBe(42);
});
