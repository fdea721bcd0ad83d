// SPDX-License-Identifier: Apache-2.0
// What a box was doing is what it does when it comes back, however it went down.
import { afterEach, describe, expect, test } from "bun:test";
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createRecording } from "../../src/formats/create.ts";
import { info, uVChannels, waves } from "../formats/synthetic.ts";
import { Listener } from "./listener.ts";
import { newFolder, Service, type ServiceOptions, until } from "./service.ts";

let data = newFolder();
let service: Service | undefined;
afterEach(async () => {
  await service?.discard();
  rmSync(data, { recursive: true, force: true });
  data = newFolder();
});

async function start(options: ServiceOptions = {}): Promise<Service> {
  service = await Service.start({ data, ...options });
  return service;
}

const stateFile = () => join(data, "state.json");
const stateText = () => (existsSync(stateFile()) ? readFileSync(stateFile(), "utf8") : "");
const graphOf = async (box: Service) => (await box.get("/api/graph")).body;

describe.each(["SIGTERM", "SIGKILL"] as const)("after %s", (signal) => {
  test("the edited pipeline runs again", async () => {
    const first = await start();
    await first.post("/api/pipelines/alpha/start", { source: { seed: 5 } });
    await first.patch([
      { action: "insert", after: "notch", stage: { id: "louder", type: "gain", gain_db: 6 } },
      { action: "set", id: "band", params: { low_hz: 3 } },
      { action: "rename", id: "peak", to: "summit" },
    ]);
    const before = await graphOf(first);
    await until("the state to be written", () => stateText().includes("summit"));
    expect(await first.stop(signal)).toBe(signal === "SIGTERM" ? 0 : 137);

    const after = await graphOf(await start());
    expect(after.state).toBe("running");
    expect(shapeOf(after)).toEqual(shapeOf(before));
  }, 20_000);

  test("what was stopped stays stopped", async () => {
    const first = await start();
    await first.post("/api/pipelines/stop");
    await until("the state to be written", () => stateText().includes(`"running": false`));
    await first.stop(signal);
    const second = await start();
    expect((await second.get("/api/graph")).status).toBe(409);
    expect((await second.post("/api/pipelines/default/start")).status).toBe(200);
  }, 20_000);
});

test("a recording that was played is played again", async () => {
  const file = join(data, "played.edf");
  writeRecording(file);
  const first = await start({ pipeline: "record-only", input: file });
  await first.stop();
  const second = await start();
  expect(await graphOf(second)).toMatchObject({ name: "record-only", source: { type: "replay" } });
  const raw = await Listener.open(second, "raw");
  await until("its signal", () => raw.frames > 0);
}, 20_000);

test("without its recording, the default pipeline runs, and a notice says why", async () => {
  const file = join(data, "gone.edf");
  writeRecording(file);
  await (await start({ pipeline: "record-only", input: file })).stop();
  rmSync(file);
  await expectDefault(await start(), /gone\.edf.*is not there/);
}, 20_000);

test.each([
  ["empty", ""],
  ["cut off", '{ "pipeline": "schema: 1'],
  ["random", "\u0000\u0001\ufffd".repeat(1000)],
  ["of another shape", '{ "pipeline": 7, "running": "yes" }'],
  ["a pipeline that does not parse", JSON.stringify({ pipeline: "a: [", running: true })],
  ["a stage that is gone", JSON.stringify({ pipeline: withStage("{ id: w, type: warp }"), running: true })],
])(
  "a state.json that is %s: the default pipeline runs, and a notice says why",
  async (_, text) => {
    writeFileSync(stateFile(), text);
    await expectDefault(await start(), /default pipeline|going on without it/);
  },
  20_000,
);

test("a stage that was passed over and that nobody knows any more is passed over still", async () => {
  const pipeline = `${withStage("{ id: w, type: warp, bypass: true, params: { size: 7 } }")}  - { id: hum, type: notch }\n`;
  writeFileSync(stateFile(), JSON.stringify({ pipeline, running: true }));
  const first = await start();
  expect(await graphOf(first)).toMatchObject({ name: "mine", stages: [{ id: "w", bypass: true }, { id: "hum" }] });
  expect((await first.patch([{ action: "set", id: "hum", params: { q: 20 } }])).status).toBe(200);
  const works = await first.patch([{ action: "bypass", id: "w", bypass: false }]);
  expect([works.status, works.text]).toEqual([422, expect.stringContaining("its plugin is not there")]);
  await until("the state to be written", () => stateText().includes("q: 20"));
  expect(stateText()).toContain("size: 7");
  await first.stop();
  const second = await start();
  expect((await second.patch([{ action: "remove", id: "w" }])).status).toBe(200);
}, 20_000);

test("a state.json that cannot be read keeps the box from nothing", async () => {
  copyFileSync(import.meta.path, stateFile());
  const first = await start();
  await until("a new state", () => existsSync(`${stateFile()}.unreadable`) && existsSync(stateFile()));
  expect(JSON.parse(readFileSync(stateFile(), "utf8")).running).toBe(true);
  await first.stop();
}, 20_000);

function withStage(stage: string): string {
  return `schema: 1\nname: mine\nsource: { id: board, type: synthetic }\nstages:\n  - ${stage}\n`;
}

async function expectDefault(box: Service, notice: RegExp): Promise<void> {
  expect(await graphOf(box)).toMatchObject({ name: "default", state: "running" });
  expect((await box.get("/api/system")).body.notes.join("\n")).toMatch(notice);
  await box.stop();
  expect(await box.errors).toMatch(notice);
}

// biome-ignore lint/suspicious/noExplicitAny: what the API sends
function shapeOf({ name, source, stages, sinks }: any) {
  // Numbers of stages count from the start of the pipeline.
  // biome-ignore lint/suspicious/noExplicitAny: what the API sends
  return { name, source, sinks, stages: stages.map(({ stage_id, ...stage }: any) => stage) };
}

function writeRecording(path: string): void {
  const writer = createRecording("edf", path, info(250, uVChannels(2)));
  writer.write(waves(2500, 2), 2500);
  writer.close();
}
