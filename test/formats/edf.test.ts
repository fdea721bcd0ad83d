// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openEdf } from "../../src/formats/edf.ts";
import { formatTal, parseTals } from "../../src/formats/edf-annotations.ts";
import { type EdfHeader, type EdfSignal, formatEdfHeader } from "../../src/formats/edf-header.ts";
import { openRecording } from "../../src/formats/open.ts";
import { askMne, data, hasData, hasMne } from "./independent.ts";
import { readAll, scratchFolder } from "./synthetic.ts";

const scratch = scratchFolder();
let files = 0;

describe.skipIf(!hasData || !hasMne)("real recordings read as in MNE", () => {
  const names = hasData ? readdirSync(data).filter((name) => name.endsWith(".edf") && !name.includes("edfann")) : [];
  test.each(names)("%s", (name) => {
    const [mne] = askMne(join(data, name));
    const reader = openRecording(join(data, name));
    expect(reader.notices).toEqual([]);
    expect(reader.rate_hz).toBe(mne?.rate_hz ?? 0);
    expect(reader.frames).toBe(mne?.frames ?? 0);
    expect(reader.channels.map((channel) => channel.name)).toEqual(
      (mne?.names ?? []).map((n) => n.replace(/\.+$/, "")),
    );
    expect(reader.start?.toISOString()).toBe(new Date(mne?.start ?? "").toISOString());
    const all = readAll(reader, 333);
    const stride = reader.channels.length;
    for (const [channel, first] of (mne?.first ?? []).entries()) {
      for (const [i, value] of first.entries()) expect(all[i * stride + channel]).toBeCloseTo(value, 3);
      expect(all.at(channel - stride)).toBeCloseTo(mne?.last[channel] ?? 0, 3);
      let sum = 0;
      for (let i = channel; i < all.length; i += stride) sum += all[i] as number;
      expect(Math.abs(sum - (mne?.sums[channel] ?? 0))).toBeLessThan(reader.frames * 1e-4);
    }
    // MNE leaves out annotations that lie behind the data.
    const kept = reader.annotations.filter(({ onset_s }) => onset_s <= reader.frames / reader.rate_hz);
    expect(kept.map(({ text }) => text)).toEqual(mne?.annotations.map(({ text }) => text) ?? []);
    for (const [i, { onset_s }] of kept.entries()) expect(onset_s).toBeCloseTo(mne?.annotations[i]?.onset_s ?? 0, 5);
    reader.close();
  });
});

test.skipIf(!hasData)("a file of annotations only has no channels", () => {
  const reader = openRecording(join(data, "wfdb_test_edfann.edf"));
  expect(reader).toMatchObject({ channels: [], frames: 0, rate_hz: 0 });
  expect(reader.annotations).toHaveLength(856);
  expect(reader.annotations[2]).toEqual({ onset_s: 33.43, duration_s: 0, text: "Lights off@@EEG F4-A1" });
  expect(reader.read(0, 10, new Float32Array(10))).toBe(0);
});

describe("signals of several rates", () => {
  const path = () => writeEdf({}, [signal("A..", 10), signal("slow", 1), signal("B", 10), signal("B", 10)], 3);

  test("the main rate is read, the others are listed", () => {
    const reader = openEdf(path());
    expect(reader.channels).toEqual([
      { name: "A", unit: "uV" },
      { name: "B", unit: "uV" },
      { name: "B 2", unit: "uV" },
    ]);
    expect(reader).toMatchObject({ rate_hz: 10, frames: 30 });
    expect(reader.notices).toEqual(["slow (1 Hz) has another rate and is left out; choose it by name"]);
    // Samples count up through each record.
    expect([...readAll(reader).subarray(0, 6)]).toEqual([0, 11, 21, 1, 12, 22]);
  });

  test("others can be chosen by name, in any order and case", () => {
    const slow = openEdf(path(), { channels: ["SLOW"] });
    expect(slow).toMatchObject({ rate_hz: 1, frames: 3 });
    expect([...readAll(slow)]).toEqual([10, 41, 72]);
    expect(openEdf(path(), { channels: ["b 2", "a"] }).channels.map(({ name }) => name)).toEqual(["B 2", "A"]);
    expect(() => openEdf(path(), { channels: ["A", "slow"] })).toThrow("different rates");
    expect(() => openEdf(path(), { channels: ["C3"] })).toThrow('no channel "C3"; choose from A, slow, B, B 2');
  });
});

test("the gaps of a discontinuous file", () => {
  const times = [0.5, 1.5, 4.75, 5.75];
  const reader = openEdf(writeEdf({ plus: "D" }, [signal("A", 100)], times.length, times));
  expect(reader.gaps).toEqual([{ frame: 200, lost: 225 }]);
  expect(reader).toMatchObject({ format: "EDF+D", frames: 400 });
  expect(reader.annotations.map(({ onset_s }) => onset_s)).toEqual([0, 1, 4.25, 5.25]);
});

describe("headers that lie", () => {
  test.each([
    ["-1 records", { records: -1 }, "does not say how many data records"],
    ["too many records", { records: 99 }, "claims 99 data records, the file holds 3"],
    ["too few records", { records: 1 }, "claims 1 data records, the file holds 3"],
  ])("%s: what is there is read", (_, header, notice) => {
    const reader = openEdf(writeEdf(header, [signal("A", 10)], 3));
    expect(reader.frames).toBe(30);
    expect(reader.notices.join()).toContain(notice);
  });

  test.each([
    ["digital minimum = maximum", { digital_min: 5, digital_max: 5 }],
    ["no number for the physical range", { physical_max: Number.NaN }],
    ["physical minimum = maximum", { physical_min: 3, physical_max: 3 }],
  ])("%s: values are integers, with a notice", (_, wrong) => {
    const reader = openEdf(writeEdf({}, [{ ...signal("A", 4), ...wrong }], 1));
    expect([...readAll(reader)]).toEqual([0, 1, 2, 3]);
    expect(reader.notices.join()).toContain("is no range");
  });

  test("no duration: the rate has to be given", () => {
    const path = writeEdf({ duration_s: 0 }, [signal("A", 10)], 3);
    expect(() => openEdf(path)).toThrow("give rate_hz to the source");
    expect(openEdf(path, { rate_hz: 256 }).rate_hz).toBe(256);
  });

  test.each([
    ["-5 samples", [signal("A", -5)], 'signal 1 (A) has "-5" samples'],
    ["more than the file could hold", [signal("A", 99999999)], undefined],
  ])("%s in a record", (_, signals, message) => {
    const path = writeEdf({}, signals, 0);
    if (message) expect(() => openEdf(path)).toThrow(message);
    else expect(openEdf(path).frames).toBe(0);
  });

  test("more signals than bytes", () => {
    const path = writeEdf({}, [signal("A", 10)], 1);
    const bytes = Buffer.from(formatEdfHeader(header({}, [signal("A", 10)])));
    bytes.write("9999", 252);
    writeFileSync(path, bytes);
    expect(() => openEdf(path)).toThrow("9999 signals need 2560000 bytes, it has 512");
  });
});

test("annotation lists: several texts, no duration, malformed ones", () => {
  const bytes = Buffer.from("+1.5\x142\x14x\x14\0-3\x1512.5\x14Ä\x14\0\0\0rubbish\0+7\x14cut off");
  const { tals, malformed } = parseTals(bytes);
  expect(tals).toEqual([
    { onset_s: 1.5, duration_s: 0, texts: ["2", "x"] },
    { onset_s: -3, duration_s: 12.5, texts: ["Ä"] },
  ]);
  expect(malformed).toBe(2);
  expect(Buffer.from(formatTal(15000000, 5000001, "Ä")).toString()).toBe("+1.5\x150.5000001\x14Ä\x14\0");
});

function signal(label: string, samples: number): EdfSignal {
  const range = { physical_min: -1000, physical_max: 1000, digital_min: -1000, digital_max: 1000 };
  return { label, unit: "uV", samples, ...range };
}

function header(part: Partial<EdfHeader>, signals: EdfSignal[]): EdfHeader {
  const texts = { patient: "X X X X", recording: "Startdate X X X X" };
  return { sample_bytes: 2, ...texts, records: 3, duration_s: 1, signals, ...part };
}

/** Records whose samples count up from 0 through the file; each with an annotation if `times` has its onset. */
function writeEdf(part: Partial<EdfHeader>, signals: EdfSignal[], records: number, times: number[] = []): string {
  const path = join(scratch, `hand-${++files}.edf`);
  const range = { physical_min: -1, physical_max: 1, digital_min: -32768, digital_max: 32767 };
  const annotations = { label: "EDF Annotations", unit: "", samples: 30, ...range };
  const all = times.length > 0 ? [...signals, annotations] : signals;
  const samples = records > 0 ? signals.reduce((sum, { samples }) => sum + samples, 0) : 0;
  const parts: Uint8Array[] = [formatEdfHeader(header({ records, ...part }, all))];
  for (let record = 0; record < records; record++) {
    parts.push(new Uint8Array(Int16Array.from({ length: samples }, (_, i) => record * samples + i).buffer));
    const time_s = times[record];
    if (time_s === undefined) continue;
    const tals = Buffer.alloc(60);
    tals.set([...formatTal(time_s * 1e7, 0, ""), ...formatTal(time_s * 1e7, 0, `record ${record}`)]);
    parts.push(tals);
  }
  writeFileSync(path, Buffer.concat(parts));
  return path;
}
