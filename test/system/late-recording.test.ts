// SPDX-License-Identifier: Apache-2.0
//
// What a plugin did not deliver is marked in the recording, just where the stream's packets are flagged, for our reader
// and for MNE.
import { afterAll, expect, test } from "bun:test";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openRecording } from "../../src/formats/open.ts";
import type { Annotation } from "../../src/formats/recording.ts";
import { FLAG } from "../../src/native/packet.ts";
import { askMne, hasMne } from "../formats/independent.ts";
import { putPlugin } from "../plugins/odometer.fixture.ts";
import { Listener } from "./listener.ts";
import { newFolder, Service, until } from "./service.ts";

const RATE_HZ = 250;
const TEXT = "output replaced: a plugin was late or gone";
/** Few enough not to end in quarantine, should each be noticed twice. */
const DEATHS = 2;

const pipeline = `
schema: 1
name: deaths
source: { id: board, type: synthetic, params: { channels: 8, rate_hz: ${RATE_HZ} } }
stages:
  - { id: odometer, type: odometer }
sinks:
  - { id: file, type: recorder, params: { format: bdf } }
  - { id: clean, type: recorder, from: board, params: { format: bdf, name: clean } }
`;

let service: Service | undefined;
afterAll(() => service?.discard());

test("the recording of a plugin that dies says where its output was replaced", async () => {
  const data = newFolder();
  await putPlugin(join(data, "plugins/odometer"));
  writeFileSync(join(data, "pipeline.yaml"), pipeline);
  const box = await Service.start({ data, pipeline: join(data, "pipeline.yaml") });
  service = box;
  const listener = await Listener.open(box, "odometer");
  const late = () => listener.packets.filter(({ flags }) => flags & FLAG.late).length;
  const isWell = () => listener.packets.slice(-20).every(({ flags }) => !(flags & FLAG.late));
  await until("its output", () => listener.packets.length > 50);
  for (let death = 1; death <= DEATHS; death++) {
    const before = late();
    expect((await box.call("PATCH", "/api/params/odometer", { crash_at: 1 })).status).toBe(200);
    await until("it to be dead", () => late() > before);
    expect((await box.call("PATCH", "/api/params/odometer", { crash_at: 0 })).status).toBe(200);
    await until("it to be back", isWell);
  }
  expect((await box.post("/api/pipelines/stop")).status).toBeLessThan(300);
  await until("the stream to end", () => listener.closed);
  expect(listener.breaks()).toEqual([]);

  const flagged = framesOf(
    listener.packets.filter(({ flags }) => flags & FLAG.late).map((it) => [it.first_frame, it.first_frame + it.frames]),
  );
  expect(flagged.size).toBeGreaterThan(0);
  expect(flagged.size).toBeLessThan(listener.frames / 2);
  const [clean, deaths] = readdirSync(box.recordings)
    .sort()
    .map((name) => join(box.recordings, name)) as [string, string];
  expect(marksOf(read(clean))).toEqual([]);
  const heard = (frame: number) => frame >= (listener.packets[0]?.first_frame ?? 0) && frame < listener.end_frame;
  const marked = (annotations: readonly Annotation[]) =>
    [...framesOf(marksOf(annotations).map(({ onset_s, duration_s }) => interval(onset_s, duration_s)))].filter(heard);
  const annotations = read(deaths);
  expect(marksOf(annotations).length).toBeGreaterThanOrEqual(DEATHS);
  expect(marked(annotations)).toEqual([...flagged]);
  if (!hasMne) return;
  const [mne] = askMne(deaths);
  expect(marked(mne?.annotations ?? [])).toEqual([...flagged]);
}, 60_000);

function read(path: string): readonly Annotation[] {
  const reader = openRecording(path);
  const { annotations } = reader;
  reader.close();
  return annotations;
}

const marksOf = (annotations: readonly Annotation[]) =>
  annotations.filter(({ text }) => text === TEXT).toSorted((a, b) => a.onset_s - b.onset_s);

const interval = (onset_s: number, duration_s: number): [number, number] => [
  Math.round(onset_s * RATE_HZ),
  Math.round((onset_s + duration_s) * RATE_HZ),
];

/** The frames of all intervals, in order. */
function framesOf(intervals: readonly [from: number, until: number][]): Set<number> {
  return new Set(
    intervals.flatMap(([from, until]) => Array.from({ length: until - from }, (_, offset) => from + offset)),
  );
}
