// SPDX-License-Identifier: Apache-2.0
//
// A stage in TypeScript from the first command to a change of its code while the pipeline runs.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FLAG } from "../../src/native/packet.ts";
import { stagebox } from "./built-plugin.ts";
import { Listener } from "./listener.ts";
import { newFolder, Service, until } from "./service.ts";

const data = newFolder();
const folder = join(data, "work/my-count");
const CHANNELS = 4;

/** Puts out how many frames it has seen, `factor`, and its gain. */
const counter = (factor: number) => `
import type { Block, Format } from "stagebox";

export class MyCount {
  seen = 0;
  gain: number;

  constructor(params: { gain_db: number }, readonly format: Format) {
    this.gain = 10 ** (params.gain_db / 20);
  }

  set(_name: string, value: number) {
    this.gain = 10 ** (value / 20);
  }

  process(samples: Float32Array, { out, stride, frames, events }: Block) {
    for (let frame = 0; frame < frames; frame++) out.set([++this.seen, ${factor}, this.gain, 0], frame * stride);
    if (events.some(({ label }) => label === "now")) throw new RangeError("as it was asked to");
  }

  save() {
    return Float64Array.of(this.seen);
  }

  load(bytes: Uint8Array) {
    [this.seen = 0] = new Float64Array(bytes.buffer);
  }
}
`;

const pipeline = `
schema: 1
name: script
source: { id: board, type: synthetic, params: { channels: ${CHANNELS}, rate_hz: 500 } }
stages:
  - { id: end, type: nop }
`;

let service: Service;
beforeAll(async () => {
  writeFileSync(join(data, "pipeline.yaml"), pipeline);
  service = await Service.start({ data, pipeline: join(data, "pipeline.yaml") });
});
afterAll(() => service?.discard());

const plugin = async () => (await service.get("/api/plugins/my-count")).body;
const write = (code: string) => writeFileSync(join(folder, "stage.ts"), code);

/** Of the newest packet: frames seen, factor, gain. */
async function latest(listener: Listener): Promise<{ seen: number; factor: number; gain: number }> {
  const before = listener.packets.length;
  const { data: rows, frames } = await until("a packet of its own", () =>
    listener.packets.slice(before).find(({ flags }) => (flags & FLAG.late) === 0),
  );
  const [seen = 0, factor = 0, gain = 0] = rows.slice((frames - 1) * CHANNELS);
  return { seen, factor, gain };
}

test("it is begun, checked, installed, run, changed and mended", async () => {
  stagebox("plugin", "new", "my-count", "--runtime", "script", "--into", join(data, "work"));
  expect(stagebox("plugin", "check", folder, "--quick")).toContain("0 failed");
  expect(stagebox("plugin", "install", folder, "--link", "--data", data)).toContain("my-count 0.1.0");
  await until("it to be ready", async () => (await plugin()).state === "ready");
  const { stages } = (await service.get("/api/stages")).body;
  expect(stages.find(({ type }: { type: string }) => type === "my_count")).toMatchObject({
    plugin: { id: "my-count" },
    params: [{ id: "gain_db", live: true, unit: "dB" }],
  });

  write(counter(1));
  await until("the new code", async () => (await plugin()).statistics.reloads === 1);
  const inserted = await service.patch({ action: "insert", after: "end", stage: { id: "mine", type: "my_count" } });
  expect([inserted.status, inserted.text]).toEqual([200, inserted.text]);
  const listener = await Listener.open(service, "mine");
  expect(await latest(listener)).toMatchObject({ factor: 1, gain: 1 });
  const { status } = await service.call("PATCH", "/api/params/mine", { gain_db: 20 });
  expect(status).toBe(200);
  await until("the new gain", async () => Math.abs((await latest(listener)).gain - 10) < 1e-4);

  // Another code goes on where the one before was; one that does not run leaves it alone.
  const { seen } = await latest(listener);
  write(counter(2));
  const changed = await until("the next code", async () => {
    const now = await latest(listener);
    return now.factor === 2 ? now : undefined;
  });
  expect(changed.seen).toBeGreaterThan(seen);
  expect(changed.gain).toBeCloseTo(10, 4);
  write("export function my_count() {\n  return *;\n}\n");
  const { reason } = await until("the refusal", async () => {
    const it = await plugin();
    return it.reason ? it : undefined;
  });
  expect(reason).toMatch(/version 0\.1\.0 goes on: .*stage\.ts.*Unexpected \*/);
  expect((await latest(listener)).factor).toBe(2);

  // An exception costs its block, and the log says where it was.
  const marked = await service.post("/api/markers", { label: "now" });
  expect(marked.status).toBeLessThan(300);
  const log = await until("the traceback", async () => {
    const { text } = await service.get("/api/plugins/my-count/log");
    return text.includes("RangeError: as it was asked to") ? text : undefined;
  });
  expect(log).toMatch(/at process .*stage\.ts:\d+/);
  expect((await plugin()).statistics).toMatchObject({ crashes: 0 });
  expect((await latest(listener)).seen).toBeGreaterThan(changed.seen);
  expect(listener.packets.filter(({ flags }) => flags & FLAG.dry).length).toBeGreaterThan(0);
  expect(readFileSync(join(folder, "stage.ts"), "utf8")).toContain("return *;");
  listener.close();
}, 60_000);
