// SPDX-License-Identifier: Apache-2.0
//
// A plugin that falls over whenever it computes: started again with growing pauses, given up after five times, and not
// touched again, not even by the next start of the box, until somebody says so or there is another build.
import { afterAll, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FLAG } from "../../src/native/packet.ts";
import { putPlugin } from "../plugins/odometer.fixture.ts";
import { belongingsOf } from "./belongings.ts";
import { Listener } from "./listener.ts";
import { newFolder, Service, until } from "./service.ts";

/** Of src/plugins/lifecycle/watchdog.ts: the first time at once. */
const PAUSES_MS = [0, 100, 200, 400];
const CRASHES = PAUSES_MS.length + 1;
/** What starting a process, and noticing that it is gone, may take on a busy machine. */
const MOST_MORE_MS = 5000;

const pipeline = `
schema: 1
name: quarantine
source: { id: board, type: synthetic, params: { channels: 3, rate_hz: 1000 } }
stages:
  - { id: odometer, type: odometer }
`;

const data = newFolder();
let service: Service;
afterAll(() => service?.discard());

const plugin = async () => (await service.get("/api/plugins/odometer")).body;
const children = () => belongingsOf(service.process.pid).children;
const quarantined = () =>
  until("quarantine", async () => {
    const view = await plugin();
    return view.quarantined && view;
  });
/** As it is kept for the next start. */
const record = () => {
  const file = join(data, "plugin-state.json");
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).plugins?.odometer : undefined;
};

test(`${CRASHES} crashes, with growing pauses, are enough`, async () => {
  await putPlugin(join(data, "plugins/odometer"), { define: { CRASHES: true } });
  writeFileSync(join(data, "pipeline.yaml"), pipeline);
  service = await Service.start({ data, pipeline: join(data, "pipeline.yaml") });
  const { state, reason, statistics, faults } = await quarantined();
  expect([state, reason]).toEqual([
    "error",
    expect.stringMatching(/^quarantined: odometer fell over 5 times .*SIGSEGV/),
  ]);
  expect([statistics.crashes, statistics.restarts]).toEqual([CRASHES, CRASHES - 1]);
  expect(faults.at(-1).message).toMatch(/^odometer: .*SIGSEGV/);
  const { crashes } = await until("it to be noted down", () => record()?.quarantine && record());
  const times = crashes.map((time: string) => Date.parse(time));
  const pauses = times.slice(1).map((time: number, index: number) => time - times[index]);
  console.log(`pauses between crashes: ${pauses.join(", ")} ms`);
  expect(pauses.length).toBe(PAUSES_MS.length);
  for (const [index, pause_ms] of PAUSES_MS.entries()) {
    expect(pauses[index]).toBeGreaterThanOrEqual(pause_ms - 1);
    expect(pauses[index]).toBeLessThan(pause_ms + MOST_MORE_MS);
  }
}, 60_000);

test("nothing of it runs any more, and the signal goes past it", async () => {
  await until("its last process to be gone", () => children().length === 0);
  const listener = await Listener.open(service, "odometer");
  await Bun.sleep(1500);
  listener.close();
  expect(listener.packets.length).toBeGreaterThan(10);
  expect(listener.breaks()).toEqual([]);
  expect(listener.packets.every(({ flags }) => flags & FLAG.late && flags & FLAG.dry)).toBe(true);
  const { statistics } = await plugin();
  expect([statistics.crashes, children()]).toEqual([CRASHES, []]);
}, 30_000);

test("nor after a restart of the box", async () => {
  const before = record();
  expect(await service.stop()).toBe(0);
  service = await Service.start({ data });
  expect((await service.get("/api/graph")).body.state).toBe("running");
  expect(await plugin()).toMatchObject({ state: "error", quarantined: true, reason: before.quarantine.reason });
  await Bun.sleep(1500);
  expect([(await plugin()).statistics.loads, children(), record()]).toEqual([0, [], before]);
}, 30_000);

test("retry ends it, and it begins from nothing", async () => {
  const { status, body } = await service.post("/api/plugins/odometer/retry");
  expect([status, body.state, body.quarantined]).toEqual([200, "ready", false]);
  const { statistics } = await quarantined();
  expect(statistics.crashes).toBe(CRASHES);
}, 30_000);

test("so does another build", async () => {
  await putPlugin(join(data, "plugins/odometer"), { define: { BUILD: 2 } });
  const view = await until("it to be ready", async () => {
    const now = await plugin();
    return now.state === "ready" && now;
  });
  expect([view.quarantined, view.reason, record()]).toEqual([false, undefined, undefined]);
  const listener = await Listener.open(service, "odometer");
  const own = () => listener.packets.filter(({ flags }) => !(flags & FLAG.late));
  await until("its output", () => own().length > 20);
  listener.close();
  expect(own().every(({ data }) => data[1] === 2)).toBe(true);
}, 30_000);

test("and another version, put there while the box was off", async () => {
  await putPlugin(join(data, "plugins/odometer"), { define: { BUILD: 3, CRASHES: true } });
  await quarantined();
  expect(await service.stop()).toBe(0);
  await putPlugin(join(data, "plugins/odometer"), { define: { BUILD: 4 }, manifest: { version: "1.1.0" } });
  service = await Service.start({ data });
  await until("it to be ready", async () => (await plugin()).state === "ready");
  expect(await plugin()).toMatchObject({ quarantined: false, version: "1.1.0" });
}, 60_000);
