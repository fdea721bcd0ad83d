// SPDX-License-Identifier: Apache-2.0
// The alpha rhythm of a real subject, against scipy; the same bits from every run, off line and live.
import { afterAll, describe, expect, test } from "bun:test";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { Listener } from "./listener.ts";
import { type FeatureRow, processRecording, python, realRecording, Service, until } from "./service.ts";

const closed = realRecording("eegmmidb_S001R02_eyes_closed.edf") ?? "";
const open = realRecording("eegmmidb_S001R01_eyes_open.edf") ?? "";
/** So that listeners are there before a quarter of it has gone by, on a busy machine too. */
const SPEED = 8;

interface Reference {
  power: number;
  peak_hz: number;
}

const services: Service[] = [];
afterAll(() => Promise.all(services.map((service) => service.discard())));

describe.skipIf(!closed || !open)("alpha", () => {
  test.skipIf(!python("mne", "scipy"))("has scipy's power at O1, many times more with eyes closed, at 10 Hz", () => {
    const script = join(import.meta.dir, "alpha-reference.py");
    const asked = Bun.spawnSync(["/usr/bin/python3", script, closed, open]);
    expect([asked.exitCode, asked.stderr.toString()]).toEqual([0, ""]);
    const references = asked.stdout.toString().trim().split("\n");
    const powers = [closed, open].map((file, index) => {
      const reference: Reference = JSON.parse(references[index] ?? "");
      const { summary } = processRecording("alpha", file);
      const power = summary.alpha?.["O1.alpha"] ?? Number.NaN;
      console.log(`O1: ${power.toFixed(1)} uV^2, scipy ${reference.power.toFixed(1)} uV^2`);
      expect(Math.abs(power / reference.power - 1)).toBeLessThan(0.02);
      return power;
    });
    expect((powers[0] ?? 0) / (powers[1] ?? 0)).toBeGreaterThan(8);
    expect(JSON.parse(references[0] ?? "").peak_hz).toBe(10);
    expect(medianPeak(processRecording("alpha", closed).rows)).toBe(10);
  });

  test("gives the same bits from run to run, and live", async () => {
    const first = processRecording("alpha", closed);
    expect(processRecording("alpha", closed).text).toBe(first.text);

    const live = await Service.start({ pipeline: "alpha", input: closed, speed: SPEED });
    services.push(live);
    const [powers, peaks] = await Promise.all([Listener.open(live, "powers"), Listener.open(live, "peaks")]);
    const rowsOf = (stage: string) => first.rows.filter((row) => row.stage === stage);
    await until("the recording to end", async () => (await live.get("/api/graph")).body.state === "ended", 30_000);
    for (const [stage, listener] of [
      ["alpha", powers],
      ["peak", peaks],
    ] as const) {
      const rows = rowsOf(stage);
      const from = listener.packets[0]?.first_frame ?? rows.length;
      expect(from).toBeLessThan(rows.length / 4);
      await until(`${stage}: the last row`, () => listener.end_frame === rows.length);
      expect(listener.breaks()).toEqual([]);
      expect([...listener.rows()]).toEqual(rows.slice(from).flatMap(({ values }) => Object.values(values) as number[]));
    }
  }, 60_000);

  test("live and as fast as it goes, loses nothing", async () => {
    const service = await Service.start();
    services.push(service);
    copyFileSync(closed, join(service.recordings, "closed.edf"));
    const body = { input: "closed.edf", speed: 0 };
    expect((await service.post("/api/pipelines/record-only/start", body)).status).toBe(200);
    await until("the recording to end", async () => (await service.get("/api/graph")).body.state === "ended");
    const { body: telemetry } = await service.get("/api/telemetry");
    expect(telemetry.sinks.map(({ lost_frames }: { lost_frames: number }) => lost_frames)).toEqual([0, 0]);
    const { recordings } = (await service.get("/api/recordings")).body;
    expect(recordings.map(({ frames }: { frames: number }) => frames)).toEqual([9600, 9600]);
  }, 30_000);
});

function medianPeak(rows: FeatureRow[]): number {
  const peaks = rows.filter(({ stage }) => stage === "peak").map(({ values }) => values["O1.peak_hz"] ?? Number.NaN);
  return peaks.sort((a, b) => a - b)[peaks.length >> 1] ?? Number.NaN;
}
