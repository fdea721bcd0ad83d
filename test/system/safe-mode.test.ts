// SPDX-License-Identifier: Apache-2.0
//
// A service that is ended again and again by what runs in its own process, and started each time, as systemd does: at the
// fourth start it comes up, says who did it, and everything else runs.
import { afterEach, expect, test } from "bun:test";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { putMain } from "../plugins/bus/bus.fixture.ts";
import { putPlugin } from "../plugins/odometer.fixture.ts";
import { stagebox } from "./built-plugin.ts";
import { Listener } from "./listener.ts";
import { newFolder, root, Service, until } from "./service.ts";

const LOOP = 3;
const DOWN_MS = 20_000;

let service: Service | undefined;
afterEach(() => service?.discard());

const pipeline = `
schema: 1
name: mine
source: { id: board, type: synthetic, params: { channels: 3, rate_hz: 1000 } }
stages:
  - { id: hum, type: notch }
  - { id: odometer, type: odometer }
  - { id: also, type: other, from: hum }
`;

/** A box that ran the pipeline, with plugins that it trusts in its own process. */
async function boxWith(plugins: Record<string, { sabotages?: 1 | 2 }>): Promise<string> {
  const data = newFolder();
  const choices = { enabled: true, trusted: "unsigned" };
  for (const [id, { sabotages }] of Object.entries(plugins)) {
    const manifest = {
      ...{ id, stages: { [id]: { name: id, input: "signal", output: "signal" } } },
      runtime: { library: "bin/<target-triple>/libodometer.so", isolation: "in-process" },
    };
    const define = { TYPE: JSON.stringify(id), ...(sabotages && { SABOTAGES: sabotages }) };
    await putPlugin(join(data, "plugins", id), { define, manifest });
  }
  const ids = Object.keys(plugins);
  writeFileSync(
    join(data, "plugins.json"),
    JSON.stringify({ plugins: Object.fromEntries(ids.map((id) => [id, choices])) }),
  );
  writeFileSync(join(data, "state.json"), JSON.stringify({ pipeline, running: true }));
  return data;
}

/** Starts it and waits until it is gone. */
async function goesDown(data: string): Promise<void> {
  const command = [process.execPath, join(root, "src/main.ts"), "run", "--port", "0", "--data", data];
  const child = Bun.spawn(command, { stdin: "ignore", stdout: "ignore", stderr: "pipe" });
  const late = setTimeout(() => child.kill("SIGTERM"), DOWN_MS);
  await child.exited;
  clearTimeout(late);
  expect(child.signalCode).toBe("SIGKILL");
}

async function comesUp(data: string): Promise<Service> {
  for (let time = 0; time < LOOP; time++) await goesDown(data);
  service = await Service.start({ data });
  return service;
}

const plugin = async (box: Service, id: string) => (await box.get(`/api/plugins/${id}`)).body;
const notes = async (box: Service) => (await box.get("/api/system")).body.notes.join("\n");
const ready = async (box: Service) =>
  until("it to be ready", async () => {
    const { status, body } = await box.get("/api/health/ready");
    return status === 200 && body;
  });

test.each([
  ["while it is opened", 1],
  ["a moment later", 2],
] as const)(
  "a plugin that ends the service %s is in quarantine, and all else runs",
  async (_, sabotages) => {
    const box = await comesUp(await boxWith({ odometer: { sabotages }, other: {} }).then(onlyOdometerInside));
    expect(await ready(box)).toMatchObject({ flow: "moving", safe_mode: true });
    const { body: graph } = await box.get("/api/graph");
    expect([graph.name, graph.state]).toEqual(["mine", "running"]);
    const view = await until("its state", async () => {
      const now = await plugin(box, "odometer");
      return now.state === "error" && now;
    });
    expect(view).toMatchObject({ quarantined: true });
    expect(view.reason).toMatch(/^quarantined: the box went down 3 times .*"odometer"/);
    await until("the other one", async () => (await plugin(box, "other")).state === "ready");
    const output = await Listener.open(box, "also");
    await until("its output", () => output.frames > 0);
    output.close();
    expect(await notes(box)).toMatch(/safe mode: the box went down 3 times .*"odometer"/);
    expect((await box.get("/api/system/safe-mode")).body).toMatchObject({
      active: true,
      quarantined: [{ id: "odometer" }],
      isolated: false,
    });

    /* Once it is another build, or tried again, the box is well. */
    await putPlugin(join(box.data, "plugins/odometer"), { manifest: { runtime: inProcess } });
    await until("the next build", async () => (await plugin(box, "odometer")).state === "ready");
    expect((await box.get("/api/system/safe-mode")).body.active).toBe(false);
    expect(await box.stop()).toBe(0);
  },
  90_000,
);

const inProcess = { library: "bin/<target-triple>/libodometer.so", isolation: "in-process" };

/** So that there is one suspect. */
function onlyOdometerInside(data: string): string {
  const file = join(data, "plugins.json");
  const stored = JSON.parse(readFileSync(file, "utf8"));
  stored.plugins.other.trusted = false;
  writeFileSync(file, JSON.stringify(stored));
  return data;
}

test("of two that were inside neither is blamed: both run shut in, until somebody leaves safe mode", async () => {
  const data = await boxWith({ odometer: { sabotages: 2 }, other: {} });
  const box = await comesUp(data);
  expect(await ready(box)).toMatchObject({ safe_mode: true });
  for (const id of ["odometer", "other"]) {
    await until(`${id} to be ready`, async () => (await plugin(box, id)).state === "ready");
    expect(await plugin(box, id)).toMatchObject({ isolation: "process", quarantined: false });
  }
  expect(stagebox("safe-mode", "show", "--data", data)).toMatch(/every plugin runs in a process of its own/);
  expect(existsSync(join(data, "starts.json"))).toBe(true);

  stagebox("safe-mode", "leave", "--data", data);
  /* The one that does it runs inside again, and does it again. */
  expect(await box.process.exited).not.toBe(0);
}, 90_000);

test("a pipeline with which the service goes down is kept, and the default one runs", async () => {
  const data = newFolder();
  const text = pipeline.replace(/ {2}- { id: (odometer|also).*\n/g, "");
  writeFileSync(join(data, "state.json"), JSON.stringify({ pipeline: text, running: true }));
  for (let time = 0; time < LOOP; time++) {
    const box = await Service.start({ data });
    expect((await box.get("/api/graph")).body.name).toBe("mine");
    await box.stop("SIGKILL");
  }
  const box = await Service.start({ data });
  service = box;
  expect((await box.get("/api/graph")).body.name).toBe("default");
  expect(await notes(box)).toMatch(/with the pipeline "mine", so the default pipeline runs/);
  expect((await box.get("/api/system/safe-mode")).body).toMatchObject({ kept: "mine-before-safe-mode" });
  expect((await box.get("/api/pipelines/mine-before-safe-mode?format=yaml")).text).toContain("name: mine");
  expect((await box.post("/api/system/safe-mode/leave")).body.active).toBe(false);
  expect((await box.get("/api/graph")).body).toMatchObject({ name: "mine", state: "running" });
  expect(await box.stop()).toBe(0);
}, 90_000);

test("a main part that was there each time is in quarantine once another pipeline made no difference", async () => {
  const data = newFolder();
  chmodSync(data, 0o755);
  const code = 'console.log("talks");\n';
  await putMain(data, { id: "talker", kind: "script", code, manifest: { permissions: { subscribe: ["StageOp"] } } });
  for (let time = 0; time < 2 * LOOP; time++) {
    const box = await Service.start({ data });
    const crumbs = () => JSON.parse(readFileSync(join(data, "starts.json"), "utf8")).starts.at(-1).doing;
    await until("the main part's trail", () => crumbs().some(({ kind }: { kind: string }) => kind === "main"));
    await box.stop("SIGKILL");
  }
  const box = await Service.start({ data });
  service = box;
  const talker = await until("its state", async () => {
    const now = await plugin(box, "talker");
    return now.state === "error" && now;
  });
  expect(talker).toMatchObject({ quarantined: true, reason: expect.stringContaining('the main part of "talker"') });
  expect(await notes(box)).toContain('safe mode: the box went down 3 times with the main part of "talker"');
  expect((await box.get("/")).text).toContain("Safe mode: this box went down again and again");
  expect((await box.get("/api/system/safe-mode")).body).toMatchObject({ quarantined: [{ id: "talker" }] });
  expect((await box.post("/api/system/safe-mode/leave")).body.active).toBe(false);
  await until("it to be back", async () => (await plugin(box, "talker")).state === "ready");
  expect((await box.get("/")).text).not.toContain("Safe mode");
  const { rows } = (await box.get("/api/audit")).body;
  expect(rows.slice(0, 2).map(({ who, what, subject }: Record<string, string>) => `${who} ${what} ${subject}`)).toEqual(
    ["admin retry talker", "admin leave safe mode"],
  );
  expect(await box.stop()).toBe(0);
  expect(await box.errors).toContain("safe mode: the box went down 3 times");
}, 90_000);

test("starts that end as they should are never a loop", async () => {
  const data = newFolder();
  for (let time = 0; time < LOOP + 1; time++) {
    service = await Service.start({ data });
    expect((await service.get("/api/system/safe-mode")).body.active).toBe(false);
    expect(await service.stop()).toBe(0);
  }
}, 60_000);

test("a box that is off leaves safe mode too", async () => {
  const data = await boxWith({ odometer: { sabotages: 1 } });
  const box = await comesUp(data);
  await box.stop();
  expect(stagebox("safe-mode", "leave", "--data", data)).toContain("next start");
  expect(
    JSON.parse(readFileSync(join(data, "plugin-state.json"), "utf8")).plugins.odometer?.quarantine,
  ).toBeUndefined();
  await goesDown(data);
}, 90_000);
