// SPDX-License-Identifier: Apache-2.0
//
// Clone, build, run: plugins in a real service, over its API alone.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FLAG } from "../../src/native/packet.ts";
import { stagebox } from "../cli/stagebox.ts";
import { type Build, putPlugin } from "../plugins/odometer.fixture.ts";
import { Listener } from "./listener.ts";
import { newFolder, Service, until } from "./service.ts";

const RELOADS = 30;
const data = newFolder();
let service: Service;

const PIPELINE = `
schema: 1
name: plugins
source: { id: board, type: synthetic, params: { channels: 3, rate_hz: 1000 } }
stages:
  - { id: notch, type: notch, params: { freq_hz: 50 }, group: own }
  - { id: end, type: nop, from: board }
`;

beforeAll(async () => {
  writeFileSync(join(data, "pipeline.yaml"), PIPELINE);
  service = await Service.start({ data, pipeline: join(data, "pipeline.yaml") });
}, 60_000);
afterAll(() => service?.discard());

const put = (build?: Build) => putPlugin(join(data, "plugins/odometer"), build);
const plugin = async () => (await service.get("/api/plugins/odometer")).body;
const post = (what: string, body?: unknown) => service.post(`/api/plugins/odometer/${what}`, body);

/** What the plugin itself put out: the count of frames in its life, and its build. */
function own({ packets }: Listener): { counts: number[]; builds: number[] } {
  const answers = packets.filter(({ flags }) => (flags & FLAG.late) === 0);
  const channel = (index: number) =>
    answers.flatMap(({ data, frames }) => Array.from({ length: frames }, (_, frame) => data[frame * 3 + index] ?? 0));
  return { counts: channel(0), builds: channel(1) };
}

test("a folder that is put there is found, and its stage runs", async () => {
  await put();
  const found = async () => (await service.get("/api/stages/odometer")).status === 200;
  await until("its stage", found);
  expect((await service.get("/api/stages/odometer")).body.plugin).toEqual({ id: "odometer", version: "1.0.0" });
  const inserted = await service.patch({ action: "insert", after: "end", stage: { type: "odometer" } });
  expect([inserted.status, inserted.text]).toEqual([200, inserted.text]);
  const listener = await Listener.open(service, "odometer");
  await until("its counts", () => own(listener).counts.length > 200);
  listener.close();
  expect(listener.breaks()).toEqual([]);
}, 30_000);

test("a new build takes over by itself, with the state of the old one and without the loss of a frame", async () => {
  const listener = await Listener.open(service, "odometer");
  await until("its counts", () => own(listener).counts.length > 50);
  await put({ define: { BUILD: 2 } });
  await until("the new build", () => own(listener).builds.at(-1) === 2);
  listener.close();
  expect(listener.breaks()).toEqual([]);
  const { counts } = own(listener);
  expect(counts.every((count, index) => count > (counts[index - 1] ?? -1))).toBe(true);
  expect(counts.at(-1)).toBeGreaterThan(50);
}, 30_000);

test("a broken build is refused, and the old one runs on", async () => {
  await put({ define: { BUILD: 3, REFUSES: true } });
  const refused = await post("reload");
  expect([refused.status, refused.body.detail]).toEqual([422, expect.stringContaining("this build takes no signal")]);
  const { state, reason, faults } = await plugin();
  expect([state, reason]).toEqual(["ready", expect.stringContaining("this build takes no signal")]);
  expect(faults.at(-1).message).toBe(reason);
  const listener = await Listener.open(service, "odometer");
  await until("its counts", () => own(listener).counts.length > 50);
  listener.close();
  expect(new Set(own(listener).builds)).toEqual(new Set([2]));
}, 30_000);

/* A thousand, and what they leave behind: hot-reload.test.ts. */
test(`${RELOADS} reloads lose no frame`, async () => {
  await put({ define: { BUILD: 4 } });
  const listeners = await Promise.all(["odometer", "notch"].map((stream) => Listener.open(service, stream)));
  for (let i = 0; i < RELOADS; i++) {
    const { status, text } = await post("reload");
    expect([status, text]).toEqual([200, text]);
  }
  for (const listener of listeners) {
    listener.close();
    expect(listener.breaks()).toEqual([]);
  }
  const { body } = await service.get("/api/telemetry");
  expect(body.groups.map(({ lost_frames }: { lost_frames: number }) => lost_frames)).toEqual([0, 0]);
}, 60_000);

test("crashes are named and started again; quarantine outlives a restart and ends with retry", async () => {
  const set = await service.call("PATCH", "/api/params/odometer", { crash_at: 1 });
  expect([set.status, set.text]).toEqual([200, set.text]);
  await until("quarantine", async () => (await plugin()).quarantined);
  const { state, reason, statistics } = await plugin();
  expect([state, reason]).toEqual(["error", expect.stringMatching(/^quarantined: .*SIGSEGV/)]);
  expect(statistics.crashes).toBeGreaterThanOrEqual(5);
  const listener = await Listener.open(service, "odometer");
  await until("dry blocks", () => listener.packets.length > 10);
  listener.close();
  expect(listener.packets.slice(1).every(({ flags }) => flags & FLAG.dry)).toBe(true);
  expect((await service.get("/api/graph")).body.state).toBe("running");

  expect(await service.stop()).toBe(0);
  service = await Service.start({ data });
  expect(await plugin()).toMatchObject({ state: "error", quarantined: true });
  const { body: graph } = await service.get("/api/graph");
  const entry = graph.stages.find(({ id }: { id: string }) => id === "odometer");
  expect([graph.state, entry.params.crash_at, entry.format]).toEqual(["running", 1, undefined]);
  const { exitCode, stdout } = await stagebox(["plugin", "enable", "odometer", "--data", data]);
  expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/^odometer \S+ is ready$/m)]);
  expect((await service.call("PATCH", "/api/params/odometer", { crash_at: 0 })).status).toBe(200);
}, 60_000);

test("disabled its stage is passed over; enabled it comes back; gone with its folder", async () => {
  expect((await post("retry")).body.state).toBe("ready");
  const disabled = await post("disable");
  expect([disabled.status, disabled.body.state]).toEqual([200, "disabled"]);
  const { body: graph } = await service.get("/api/graph");
  expect(graph.stages.find(({ id }: { id: string }) => id === "odometer").bypass).toBe(true);
  expect((await service.get("/api/stages/odometer")).status).toBe(404);
  expect((await post("enable")).body.state).toBe("ready");
  const events = readFileSync(join(data, "plugin-state.json"), "utf8");
  expect(events).not.toContain("quarantine");
  rmSync(join(data, "plugins/odometer"), { recursive: true });
  await until("it to be gone", async () => (await service.get("/api/plugins/odometer")).status === 404);
  expect(existsSync(join(data, "plugins"))).toBe(true);
}, 60_000);
