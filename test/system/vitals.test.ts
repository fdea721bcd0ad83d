// SPDX-License-Identifier: Apache-2.0
//
// What a service says of itself to the service manager and on its screen, and when it must not.
import { afterEach, expect, test } from "bun:test";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { putPlugin } from "../plugins/odometer.fixture.ts";
import { newFolder, root, Service, type ServiceOptions, until } from "./service.ts";
import { ServiceManagerEar } from "./service-manager.ts";

let service: Service | undefined;
let ear: ServiceManagerEar | undefined;
afterEach(async () => {
  await service?.discard();
  await ear?.close();
});

const WATCHDOG_MS = 3000;

async function start(
  name: string,
  options: ServiceOptions = {},
): Promise<{ box: Service; manager: ServiceManagerEar; run: string }> {
  const run = newFolder();
  ear = await ServiceManagerEar.open(name);
  service = await Service.start({
    ...options,
    environment: { NOTIFY_SOCKET: name, WATCHDOG_USEC: String(WATCHDOG_MS * 1000), STAGEBOX_RUN: run },
  });
  return { box: service, manager: ear, run };
}

/** One of its threads stands still until the result is called; undefined, with a notice, where that is not allowed. */
async function holdThread(pid: number, name: string): Promise<(() => Promise<void>) | undefined> {
  const command = ["/usr/bin/python3", join(import.meta.dir, "hold-thread.py"), String(pid), name];
  const holder = Bun.spawn(command, { stdin: "pipe", stdout: "pipe", stderr: "pipe" });
  const { value } = await holder.stdout.getReader().read();
  if (!value) {
    console.log(`skipped: no thread may be stopped here: ${(await new Response(holder.stderr).text()).trim()}`);
    return undefined;
  }
  return async () => {
    await holder.stdin.end();
    await holder.exited;
  };
}

/** `stagebox appliance ...` on the box. */
async function appliance(run: string, ...words: string[]): Promise<string> {
  const command = [process.execPath, join(root, "src/main.ts"), "appliance", ...words];
  const child = Bun.spawn(command, { stdout: "pipe", stderr: "inherit", env: { ...process.env, STAGEBOX_RUN: run } });
  return new Response(child.stdout).text();
}

const statusOf = (run: string) => {
  const file = join(run, "status.json");
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
};

test.each([
  ["a path", join(newFolder(), "notify")],
  ["an abstract name", `@stagebox-test-${process.pid}`],
])(
  "the service manager at %s hears that it is ready, that it lives, and that it stops",
  async (_, name) => {
    const { box, manager } = await start(name);
    await until("READY=1", () => manager.count("READY=1") === 1);
    await until("signs of life", () => manager.count("WATCHDOG=1") >= 4);
    const signs = manager.heard.filter(({ line }) => line === "WATCHDOG=1").map(({ at_ms }) => at_ms);
    for (const [index, at_ms] of signs.slice(1).entries())
      expect(at_ms - (signs[index] as number)).toBeLessThan(WATCHDOG_MS);
    expect(manager.lines().join("\n")).toMatch(/^STATUS=running: default, 8 channels at 250 Hz; http:/m);
    await box.post("/api/pipelines/stop");
    await until("its status", () => manager.lines().some((line) => line.startsWith("STATUS=waiting")));
    const before = manager.count("WATCHDOG=1");
    await until("a sign of life while nothing runs", () => manager.count("WATCHDOG=1") > before);
    expect(await box.stop()).toBe(0);
    await until("STOPPING=1", () => manager.count("STOPPING=1") === 1);
    expect(manager.count("READY=1")).toBe(1);
  },
  40_000,
);

test("a service whose event loop stands still gives no sign of life", async () => {
  const { box, manager } = await start(`@stagebox-stopped-${process.pid}`);
  await until("a sign of life", () => manager.count("WATCHDOG=1") > 0);
  box.process.kill("SIGSTOP");
  const before = manager.count("WATCHDOG=1");
  await Bun.sleep(1500);
  expect(manager.count("WATCHDOG=1")).toBeLessThanOrEqual(before + 1); // one may have been under way
  box.process.kill("SIGCONT");
  await until("a sign of life", () => manager.count("WATCHDOG=1") > before + 1);
}, 30_000);

test("a source that has nothing is waited for: the box lives, and says what is missing", async () => {
  const data = newFolder();
  await putPlugin(join(data, "plugins/mute"), {
    source: "mute.c",
    manifest: { id: "mute", stages: { mute: { role: "source", name: "Mute", output: "signal" } } },
  });
  writeFileSync(join(data, "mute.yaml"), "schema: 1\nname: silence\nsource: { id: board, type: mute }\nstages: []\n");
  const { box, manager, run } = await start(`@stagebox-mute-${process.pid}`, {
    data,
    pipeline: join(data, "mute.yaml"),
  });
  const refused = await until("it to be waiting", async () => {
    const answer = await box.get("/api/health/ready");
    return answer.body.flow === "waiting" && answer;
  });
  expect([refused.status, refused.body.detail]).toEqual([503, expect.stringContaining("the source has sent nothing")]);
  await until("READY=1", () => manager.count("READY=1") === 1);
  const before = manager.count("WATCHDOG=1");
  await until("signs of life", () => manager.count("WATCHDOG=1") > before + 1);
  expect(statusOf(run)).toMatchObject({ state: "waiting", pipeline: "silence" });
  expect(statusOf(run).notes[0]).toContain("cable");
}, 40_000);

test("packets that stand still, and nobody knows why, are no sign of life", async () => {
  const { box, manager, run } = await start(`@stagebox-stuck-${process.pid}`);
  await until("READY=1", () => manager.count("READY=1") === 1);
  const release = await holdThread(box.process.pid, "sb:source");
  if (!release) return;
  const stuck = () => box.get("/api/health/ready").then(({ status, body }) => status === 503 && body.flow === "stuck");
  await until("it to be noticed", stuck);
  await until("its state", () => statusOf(run).state === "fault");
  const before = manager.count("WATCHDOG=1");
  await Bun.sleep(WATCHDOG_MS);
  expect(manager.count("WATCHDOG=1")).toBe(before);
  await release();
  await until("packets", async () => (await box.get("/api/health/ready")).body.flow === "moving");
  await until("a sign of life", () => manager.count("WATCHDOG=1") > before);
}, 40_000);

test("what it says on its screen follows what it does, and nobody else may read it", async () => {
  const { box, run } = await start(`@stagebox-status-${process.pid}`);
  await until("it to run", () => statusOf(run).state === "running");
  expect(statusOf(run)).toMatchObject({ pipeline: "default", rate_hz: 250, channels: 8, port: box.port });
  for (const name of ["status.json", "status.txt"]) expect(statSync(join(run, name)).mode & 0o777).toBe(0o600);
  const text = () => readFileSync(join(run, "status.txt"), "utf8");
  await until("the words", () => /^running: default, 8 channels at 250 Hz; http/.test(text()));

  await box.post("/api/pipelines/alpha/start");
  await until("another pipeline", () => statusOf(run).pipeline === "alpha");
  await box.post("/api/pipelines/stop");
  await until("none", () => statusOf(run).state === "waiting" && statusOf(run).pipeline === undefined);
  expect(await box.stop()).toBe(0);
  expect(existsSync(join(run, "status.json"))).toBe(false);
}, 30_000);

test("its code lets one person in, and another is shown to whoever asks on the box", async () => {
  const { box, run } = await start(`@stagebox-code-${process.pid}`);
  const code = await until("a code", () => statusOf(run).sign_in_code as string | undefined);
  const { status, body } = await box.post("/api/sign-in", { code }, { authorization: undefined });
  expect([status, body.role]).toEqual([201, "admin"]);
  expect((await box.get("/api/users", { authorization: `Bearer ${body.token}` })).status).toBe(200);
  await until("no code", () => statusOf(run).state === "running" && statusOf(run).sign_in_code === undefined);

  const asked = await appliance(run, "code", "--data", box.data);
  expect(asked).toBe(`${statusOf(run).sign_in_code}\n`);
  expect(await appliance(run, "status")).toContain(`Sign in    ${asked.trim()}`);
  await box.stop();
  const said = await box.errors;
  for (const secret of [code, asked.trim(), body.token]) expect(said).not.toContain(secret);
}, 30_000);

test("health says which version it is of, and needs no token", async () => {
  const { box } = await start(`@stagebox-health-${process.pid}`);
  const ready = await until("it to be ready", async () => {
    const answer = await box.get("/api/health/ready", { authorization: undefined });
    return answer.status === 200 && answer.body;
  });
  expect(ready).toEqual({ status: "ok", flow: "moving", version: expect.any(String), safe_mode: false });
}, 30_000);
