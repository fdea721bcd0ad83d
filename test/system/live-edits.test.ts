// SPDX-License-Identifier: Apache-2.0
// 200 edits of a running graph, and nobody who listens to the rest of it notices.
import { afterAll, expect, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { GraphView } from "../../src/runtime/box.ts";
import { Listener } from "./listener.ts";
import { RandomEdits } from "./random-edits.ts";
import { newFolder, quick, Service, until } from "./service.ts";

const SECONDS = quick ? 10 : 60;
const PATCHES = 200;
const RATE_HZ = 1000;

const PIPELINE = `schema: 1
name: edited
source: { id: board, type: synthetic, params: { channels: 64, rate_hz: ${RATE_HZ}, mains_uv: 20, seed: 7 } }
stages:
  - { id: notch, type: notch, params: { freq_hz: 50 } }
  - { id: band, type: bandpass, params: { low_hz: 1, high_hz: 40 } }
  - { id: level, type: gain, params: { gain_db: 0 } }
  - { id: side, type: lowpass, from: notch, params: { freq_hz: 100 } }
  - { id: steady, type: highpass, from: board, params: { freq_hz: 2 } }
  - { id: steady_average, type: moving_average, from: steady, params: { window_s: 0.1 } }
  - { id: steady_power, type: band_power, from: steady_average, params: { window_s: 1 } }
sinks:
  - { id: raw, type: stream, from: board }
  - { id: trunk, type: stream, from: level }
  - { id: quiet, type: stream, from: steady_average }
  - { id: powers, type: stream, from: steady_power }
  - { id: rec, type: recorder, from: level }
`;

const folder = newFolder();
const services: Service[] = [];
afterAll(async () => {
  await Promise.all(services.map((service) => service.discard()));
  rmSync(folder, { recursive: true });
});

async function start(): Promise<Service> {
  const pipeline = join(folder, "edited.yaml");
  writeFileSync(pipeline, PIPELINE);
  const service = await Service.start({ pipeline });
  services.push(service);
  return service;
}

test(
  `${PATCHES} random patches in ${SECONDS} s, and not a frame of 64 channels is lost`,
  async () => {
    const edited = await start();
    const left = await start();
    const raw = await Listener.open(edited, "raw");
    const trunk = await Listener.open(edited, "trunk");
    const pairs = await Promise.all(
      ["quiet", "powers"].map(async (id) => [await Listener.open(edited, id), await Listener.open(left, id)] as const),
    );

    const accepted = await patchAtRandom(edited);
    expect(accepted).toBeGreaterThanOrEqual(PATCHES);
    await Bun.sleep(200);
    const { source, sinks } = (await edited.get("/api/telemetry")).body;
    expect(source.lost_frames).toBe(0);
    for (const { id, lost_frames } of sinks) expect([id, lost_frames]).toEqual([id, 0]);

    for (const listener of [raw, trunk, ...pairs.flat()]) {
      expect(listener.breaks()).toEqual([]);
      expect(listener.formats.length).toBe(1);
    }
    expect(raw.frames).toBeGreaterThan(SECONDS * RATE_HZ * 0.98);
    expect(trunk.frames).toBeGreaterThan(SECONDS * RATE_HZ * 0.98);
    for (const [patched, unpatched] of pairs) expectSameRows(patched, unpatched);

    await edited.post("/api/pipelines/stop");
    await until("the trunk to end", () => trunk.closed);
    const { recordings } = (await edited.get("/api/recordings")).body;
    expect(recordings.map(({ frames }: { frames: number }) => frames)).toEqual([trunk.end_frame]);
  },
  (SECONDS + 60) * 1000,
);

/** Returns how many were accepted. One that does not fit is refused in words, and another is tried. */
async function patchAtRandom(service: Service): Promise<number> {
  const edits = new RandomEdits(11, { spared: ["steady", "steady_average", "steady_power"] });
  let graph: GraphView = (await service.get("/api/graph")).body;
  const started = performance.now();
  const kinds = new Map<string, number>();
  let refused = 0;
  for (let done = 0; done < PATCHES; ) {
    const edit = edits.next(graph);
    const etag = { "if-match": `"${graph.revision}"` };
    const answer =
      edit === "undo" ? await service.post("/api/graph/undo", undefined, etag) : await service.patch(edit, etag);
    if (answer.status === 200) {
      graph = answer.body.graph;
      done++;
      for (const kind of edit === "undo" ? ["undo"] : edit.map(({ action }) => action))
        kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      await until("the next edit's turn", () => performance.now() - started >= (done * SECONDS * 1000) / PATCHES);
    } else {
      expect(answer.headers.get("content-type")).toBe("application/problem+json");
      if (edit !== "undo" || answer.status !== 404) {
        expect([answer.status, edit, answer.text.slice(0, 500)]).toEqual([422, edit, expect.any(String)]);
        console.log("refused:", answer.body.detail);
      }
      expect(++refused).toBeLessThan(PATCHES / 4);
    }
  }
  console.log(`accepted: ${[...kinds].map(([kind, count]) => `${count} ${kind}`).join(", ")}; refused: ${refused}`);
  for (const kind of ["insert", "remove", "move", "replace", "set", "bypass", "rename", "add_sink", "undo"])
    expect([kind, kinds.get(kind) ?? 0]).not.toEqual([kind, 0]);
  return PATCHES;
}

/** Over the frames that both have. */
function expectSameRows(one: Listener, other: Listener): void {
  const from = Math.max(one.packets[0]?.first_frame ?? 0, other.packets[0]?.first_frame ?? 0);
  const end = Math.min(one.end_frame, other.end_frame);
  const width = (one.formats[0]?.channels ?? 0) * (one.formats[0]?.values ?? 0);
  const part = (listener: Listener) => {
    const first = listener.packets[0]?.first_frame ?? 0;
    return listener.rows().subarray((from - first) * width, (end - first) * width);
  };
  expect(end - from).toBeGreaterThan(((one.formats[0]?.rate_hz ?? 0) * SECONDS) / 2);
  expect(Bun.hash(part(one))).toBe(Bun.hash(part(other)));
}
