// SPDX-License-Identifier: Apache-2.0
// A box with many plugins, some of them bad, is there as soon as one without: no pipeline waits for a plugin it does not
// name.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { hostTriple as triple } from "../../src/triple.ts";
import { manifestText } from "../plugins/manifest.fixture.ts";
import { type Build, libraryBytes } from "../plugins/odometer.fixture.ts";
import { newFolder, quick, Service, until } from "./service.ts";

const PLUGINS = 20;
const STARTS = quick ? 3 : 7;
const MOST_RATIO = 1.5;

const bad: Record<string, Build["define"] | string> = {
  "number-3": { STUCK: true },
  "number-7": { FALLS: true },
  "number-11": "no library\n",
};

const plugins = newFolder();
const folders: string[] = [];
const services: Service[] = [];
beforeAll(async () => {
  for (let number = 0; number < PLUGINS; number++) {
    const id = `number-${number}`;
    const type = `number_${number}`;
    const library = join(plugins, id, `bin/${triple}/lib${type}.so`);
    mkdirSync(dirname(library), { recursive: true });
    const stages = { [type]: { name: "Odometer", input: "signal", output: "signal" } };
    writeFileSync(join(plugins, id, "plugin.toml"), manifestText({ id, stages }));
    const how = bad[id];
    writeFileSync(library, typeof how === "string" ? how : await libraryBytes({ TYPE: `"${type}"`, ...how }));
  }
}, 60_000);
afterAll(async () => {
  await Promise.all(services.map((service) => service.discard()));
  for (const folder of [plugins, ...folders]) rmSync(folder, { recursive: true, force: true });
});

/** How long it takes from nothing to a pipeline that has put something out. */
async function start(from: string): Promise<{ service: Service; answers_ms: number; runs_ms: number }> {
  const began = performance.now();
  const service = await Service.start({ environment: { STAGEBOX_PLUGINS: from } });
  services.push(service);
  const answers_ms = performance.now() - began;
  await until("the pipeline to run", async () => (await service.get("/api/telemetry")).body.source.blocks > 0);
  return { service, answers_ms, runs_ms: performance.now() - began };
}

test("20 plugins, of which one hangs, one crashes and one is none, hold nobody up", async () => {
  const runs = { without: [] as number[], with: [] as number[] };
  const answers = { without: [] as number[], with: [] as number[] };
  for (let i = 0; i < STARTS; i++)
    for (const key of ["without", "with"] as const) {
      const { service, answers_ms, runs_ms } = await start(key === "with" ? plugins : "");
      runs[key].push(runs_ms);
      answers[key].push(answers_ms);
      expect((await service.get("/api/graph")).body.state).toBe("running");
      expect(await service.stop()).toBe(0);
      rmSync(service.data, { recursive: true });
    }
  const words = (times: readonly number[]) =>
    `${Math.min(...times).toFixed(0)} ms at best, ${median(times).toFixed(0)} ms in the median`;
  console.log(`answers without plugins: ${words(answers.without)}; with ${PLUGINS}: ${words(answers.with)}`);
  console.log(`runs without plugins: ${words(runs.without)}; with ${PLUGINS}: ${words(runs.with)}`);
  /* At best: what else the machine does meanwhile is no plugin's fault. */
  for (const times of [answers, runs])
    expect(Math.min(...times.with) / Math.min(...times.without)).toBeLessThan(MOST_RATIO);
}, 120_000);

test("each of them is told what became of it", async () => {
  const { service } = await start(plugins);
  const all = await until("all to be settled", async () => {
    const { body } = await service.get("/api/plugins/system/status");
    return body.loading === 0 && body.error === 3 && body;
  });
  expect([all.plugins, all.ready]).toEqual([PLUGINS, PLUGINS - 3]);
  const reason = async (id: string) => (await service.get(`/api/plugins/${id}`)).body.reason;
  expect(await reason("number-3")).toMatch(/did not return/);
  expect(await reason("number-7")).toMatch(/SIGSEGV/);
  expect(await reason("number-11")).toMatch(/ELF/);
}, 60_000);

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[times.length >> 1] ?? Number.NaN;
}
