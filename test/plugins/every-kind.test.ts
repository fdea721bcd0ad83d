// SPDX-License-Identifier: Apache-2.0
//
// What holds for a plugin of every kind, and for its main part: it is counted, nothing happens to it for nothing, and when
// it is disabled nothing of it is left.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AuditEntry } from "../../src/store/audit.ts";
import { type Belongings, belongingsOf, childrenOf } from "../system/belongings.ts";
import { until } from "../system/service.ts";
import { type MainPlugin, putMain } from "./bus/bus.fixture.ts";
import { PluginBox, putPlugin } from "./odometer.fixture.ts";

const hasNumpy = Bun.spawnSync(["/usr/bin/python3", "-c", "import numpy"]).success;
if (!hasNumpy) console.log("skipped: what holds for plugins of every kind: there is no python3-numpy");
const HALF_MINUTE = 30_000;
let path: string;
let box: PluginBox;
/** Of this process, when the box was up and no plugin was. */
let bare: Belongings;
const noted: AuditEntry[] = [];

const services = { echo: {} };
const config = { step: { kind: "integer", default: 1, description: "Any." } };
const stage = (id: string) => ({ [id]: { name: id, description: "Lets through.", input: "signal", output: "signal" } });
const WRITTEN: MainPlugin[] = [
  {
    id: "snake",
    kind: "python",
    code: `
from stagebox import service

def snake(samples):
    return samples

@service
def echo(request):
    return request
`,
    manifest: { services, config, stages: stage("snake") },
  },
  {
    id: "letter",
    kind: "script",
    code: `
import { service } from "stagebox";
export function letter(samples: Float32Array) { return samples; }
service("echo", (request) => request);
`,
    manifest: { services, config, stages: stage("letter") },
  },
  { id: "doubler", kind: "native", code: "doubler.c", manifest: { services: { double: {} }, config } },
];
const STAGES = ["odometer", "snake", "letter"];
const MAINS = { snake: "echo", letter: "echo", doubler: "double" };
const ALL = ["doubler", "letter", "odometer", "snake"];

beforeAll(async () => {
  if (!hasNumpy) return;
  path = mkdtempSync(join(tmpdir(), "stagebox-kinds-"));
  chmodSync(path, 0o755);
  for (const plugin of WRITTEN) await putMain(path, plugin);
  await putPlugin(join(path, "plugins/odometer"), { manifest: { config } });
  box = await PluginBox.open(path, { audit: { record: (entry) => noted.push(entry) } });
  await box.plugins.start();
  expect(states()).toEqual(ALL.map((id) => `${id} ready`));
  for (const id of ALL) await box.plugins.choose(id, { enabled: false });
  await until("all to be gone", () => now().children.length === 0);
  bare = now();
  for (const id of ALL) await box.plugins.choose(id, { enabled: true });
  await box.run(...STAGES.map((type) => `{ type: ${type} }`));
}, 60_000);
afterAll(async () => {
  if (!hasNumpy) return;
  await box.close();
  rmSync(path, { recursive: true, force: true });
});

const states = () => box.plugins.list().map(({ id, state }) => `${id} ${state}`);
const now = () => belongingsOf(process.pid);
const counts = (id: string) => box.plugins.get(id).statistics;
/** Its processes now, by the kernel's numbers. */
const processes = () => childrenOf(process.pid).sort();

test.skipIf(!hasNumpy)(
  "blocks, answers, time, memory and processor of each are counted",
  async () => {
    for (const id of STAGES) await until(`blocks of ${id}`, () => counts(id).blocks > 100);
    for (const [id, service] of Object.entries(MAINS)) {
      for (let n = 1; n <= 3; n++) expect(await box.bus.call(id, service, n)).toBe(service === "echo" ? n : 2 * n);
      const { answers, answer_p50_us, answer_p99_us, answer_max_us } = counts(id);
      expect([id, answers]).toEqual([id, 3]);
      expect(answer_p50_us).toBeGreaterThan(0);
      expect(answer_max_us).toBeGreaterThanOrEqual(answer_p99_us);
    }
    for (const id of ALL) {
      await until(`memory of ${id}`, () => counts(id).memory_bytes > 100_000 && counts(id).cpu_s > 0);
      const { p50_us, p99_us, max_us } = counts(id);
      if (STAGES.includes(id))
        expect([id, p50_us > 0, p99_us >= p50_us, max_us >= p99_us]).toEqual([id, true, true, true]);
    }
  },
  HALF_MINUTE,
);

test.skipIf(!hasNumpy)(
  "the same decision again does nothing; another one reloads that plugin alone",
  async () => {
    await box.plugins.choose("snake", { config: { step: 2 } });
    const before = { processes: processes(), noted: noted.length, views: ALL.map((id) => counts(id).reloads) };
    const { ino } = statSync(join(path, "stagebox.toml"));
    for (const id of ALL)
      await box.plugins.choose(id, { enabled: true, granted: {}, ...(id === "snake" && { config: { step: 2 } }) });
    for (const id of ALL)
      await box.plugins.choose(id, { enabled: true, granted: {}, ...(id === "snake" && { config: { step: 2 } }) });
    await box.plugins.rescan();
    const after = { processes: processes(), noted: noted.length, views: ALL.map((id) => counts(id).reloads) };
    expect(after).toEqual(before);
    for (const id of ALL) {
      const others = ALL.filter((other) => other !== id);
      const reloads = () => others.map((other) => counts(other).reloads + counts(other).loads);
      const was = [reloads(), counts(id).reloads];
      await box.plugins.choose(id, { config: { step: 5 } });
      expect([id, reloads(), counts(id).reloads]).toEqual([id, was[0] as number[], (was[1] as number) + 1]);
    }
    expect(statSync(join(path, "stagebox.toml")).ino).not.toBe(ino);
  },
  HALF_MINUTE,
);

test.skipIf(!hasNumpy)(
  "whoever falls over is counted, stage and main part",
  async () => {
    await until("all to be well", () => states().every((it) => it.endsWith("ready")));
    const before = new Map(ALL.map((id) => [id, counts(id).crashes]));
    for (const pid of processes()) process.kill(pid, "SIGKILL");
    for (const id of ALL) {
      const parts = Number(STAGES.includes(id)) + Number(id in MAINS);
      await until(`crashes of ${id}`, () => counts(id).crashes >= (before.get(id) ?? 0) + parts);
      await until(`${id} to be there again`, () => counts(id).restarts >= parts);
    }
    for (const [id, service] of Object.entries(MAINS))
      await until(`${id} to answer`, async () => (await box.bus.call(id, service, 1).catch(() => 0)) !== 0);
  },
  HALF_MINUTE,
);

test.skipIf(!hasNumpy)(
  "a plugin that is disabled leaves nothing behind, however often",
  async () => {
    for (let time = 0; time < 3; time++) {
      for (const id of ALL) {
        await box.plugins.choose(id, { enabled: false });
        expect(states()).toContain(`${id} disabled`);
        await until(`${id} to hold nothing`, () => counts(id).memory_bytes === 0);
      }
      if (time < 2) for (const id of ALL) await box.plugins.choose(id, { enabled: true });
    }
    await until("all to be gone", () => now().children.length === 0);
    const { descriptors, libraries, zombies } = now();
    expect({ libraries, zombies }).toEqual({ libraries: bare.libraries, zombies: 0 });
    expect(descriptors).toBeLessThanOrEqual(bare.descriptors + SLACK);
  },
  HALF_MINUTE,
);

/** The pipeline that runs, which did not then. */
const SLACK = 8;
