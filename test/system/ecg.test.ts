// SPDX-License-Identifier: Apache-2.0
// Heart beats of real electrocardiograms, against the annotations of cardiologists.
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { processRecording, realRecording } from "./service.ts";

const RATE_HZ = 360;
const TOLERANCE_S = 0.05;

const record100 = realRecording("100.hea");
const annotations = realRecording("100.atr");
const rest = realRecording("eegmat_Subject00_1_rest.edf");

test.skipIf(!record100 || !annotations)("ecg-heart-rate finds the beats of MIT-BIH record 100", () => {
  const annotated = annotatedBeats(annotations ?? "");
  expect(annotated.length).toBe(2273);
  const found = beats(record100 ?? "");
  let hits = 0;
  for (let a = 0, f = 0; a < annotated.length && f < found.length; ) {
    const early = (found[f] ?? 0) - (annotated[a] ?? 0);
    if (Math.abs(early) <= TOLERANCE_S) hits++;
    if (early <= TOLERANCE_S) f++;
    if (early >= -TOLERANCE_S) a++;
  }
  console.log(`${hits} of ${annotated.length} beats found, ${found.length - hits} false`);
  expect(hits / annotated.length).toBeGreaterThanOrEqual(0.99);
  expect((found.length - hits) / found.length).toBeLessThanOrEqual(0.01);
});

test.skipIf(!rest)("ecg-heart-rate finds the one ECG among 20 EEG channels", () => {
  const { summary, rows } = processRecording("ecg-heart-rate", rest ?? "");
  expect(Object.keys(summary.heart ?? {})).toEqual(["ECG ECG.rr_s", "ECG ECG.rate_bpm"]);
  // A heart at rest does not skip or double beats.
  const intervals = rows.slice(1).map(({ values }) => values["ECG ECG.rr_s"] ?? 0);
  expect(rows.length).toBeGreaterThan(182 / 1.2);
  expect(Math.min(...intervals)).toBeGreaterThan(0.5);
  expect(Math.max(...intervals)).toBeLessThan(1.2);
});

function beats(file: string): number[] {
  return processRecording("ecg-heart-rate", file).rows.map(({ t_s }) => t_s);
}

/** Seconds of the beats in a file of MIT annotations: words of a 6-bit code and a 10-bit interval in frames. */
function annotatedBeats(path: string): number[] {
  const SKIP = 59;
  const LONGEST_CODE = 49;
  const AUX = 63;
  const isBeat = (code: number) => (code >= 1 && code <= 13) || [25, 34, 35, 38, 41].includes(code);
  const bytes = readFileSync(path);
  const seconds: number[] = [];
  for (let at = 0, frame = 0; at + 1 < bytes.length && bytes.readUInt16LE(at) !== 0; ) {
    const word = bytes.readUInt16LE(at);
    const [code, interval] = [word >> 10, word & 1023];
    at += 2;
    if (code === SKIP) {
      frame += bytes.readInt16LE(at) * 65536 + bytes.readUInt16LE(at + 2);
      at += 4;
    } else if (code === AUX) at += interval + (interval & 1);
    else if (code <= LONGEST_CODE) {
      frame += interval;
      if (isBeat(code)) seconds.push(frame / RATE_HZ);
    }
  }
  return seconds;
}
