// SPDX-License-Identifier: Apache-2.0
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openRecording } from "../../src/formats/open.ts";
import type { Format } from "../../src/runtime/box.ts";
import { Recorder, recordingName } from "../../src/runtime/recorder.ts";
import type { SinkDetail } from "../../src/runtime/sink.ts";
import { packetBytes } from "../streams/packet.fixture.ts";

const folder = mkdtempSync(join(tmpdir(), "stagebox-recorder-"));
afterAll(() => rmSync(folder, { recursive: true }));

const FORMAT: Format = {
  ...{ port: "signal", unit: "uV", channel_names: ["a", "b", "c"], rate_hz: 250, channels: 3, values: 1 },
  ...{ max_frames: 64, bin_hz: 0, latency_s: 0 },
};
/** No format fills a gap of more than an hour: after it no recording can go on. */
const UNWRITABLE = packetBytes(500, 10, { lost_before: 250 * 3601 });

function record(format: string) {
  const told: [string, SinkDetail][] = [];
  const recorder = new Recorder("rec", { format, name: "", range: 0 }, FORMAT, {
    pipeline: format,
    recordings_folder: folder,
    onOpened: (_, detail) => told.push(["opened", detail]),
    onClosed: (_, detail) => told.push(["closed", detail]),
    onFailed: (_, detail) => told.push(["failed", detail]),
  });
  return { recorder, told };
}

const openFiles = () =>
  readdirSync("/proc/self/fd").filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(folder);
    } catch {
      return false;
    }
  }).length;

test.each(["bdf", "edf", "csv", "wav"])(
  "%s: one that cannot go on says so, gives its file back and keeps what is there",
  (format) => {
    const { recorder, told } = record(format);
    recorder.onPacket(packetBytes(0, 500));
    expect([openFiles(), recorder.detail().open]).toEqual([1, true]);
    recorder.onPacket(UNWRITABLE);
    expect(openFiles()).toBe(0);
    expect(told.map(([what]) => what)).toEqual(["opened", "failed", "closed"]);
    expect(String(told[1]?.[1].fault)).toContain("recording stopped");
    expect(recorder.detail()).toMatchObject({ open: false, seconds: 2 });
    recorder.onPacket(packetBytes(0, 500));
    recorder.tick();
    recorder.close();
    expect(told).toHaveLength(3);
    const reader = openRecording(join(folder, String(recorder.detail().file)));
    expect(reader.frames).toBeGreaterThanOrEqual(500);
    reader.close();
  },
);

test("after a failure another format begins a new file", () => {
  const { recorder, told } = record("csv");
  const first = recorder.detail().file;
  recorder.onPacket(UNWRITABLE);
  recorder.onFormat(FORMAT);
  recorder.onPacket(packetBytes(0, 250));
  expect(recorder.detail()).toMatchObject({ open: true, seconds: 1 });
  expect(recorder.detail().fault).toBeUndefined();
  expect(recorder.detail().file).not.toBe(first);
  recorder.close();
  expect(told.map(([what]) => what)).toEqual(["opened", "failed", "closed", "opened", "closed"]);
  expect(openFiles()).toBe(0);
});

test("names of files are short and plain whatever is asked for", () => {
  const at = new Date("2026-11-21T14:25:01Z");
  expect(recordingName("../a b\n", "bdf", at, 2)).toBe("a-b-20261121-142501-2.bdf");
  expect(recordingName("x".repeat(4096), "bdf", at).length).toBeLessThan(200);
});
