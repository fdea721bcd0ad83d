// SPDX-License-Identifier: Apache-2.0
// What a plugin's process takes: the first-party plugins, at work, as the kernel counts it.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { childrenOf, memoryOf, nameOf } from "./belongings.ts";
import { builtPlugin } from "./built-plugin.ts";
import { Listener } from "./listener.ts";
import { newFolder, Service, until } from "./service.ts";

const MOST_BYTES = 6e6;
const AT_WORK_MS = 3000;
const hasCompiler = Bun.which("gcc") !== null;
if (!hasCompiler) console.log("skipped: memory of plugins: there is no gcc");

const data = newFolder();
const services: Service[] = [];
beforeAll(() => {
  if (hasCompiler) for (const id of ["gain", "spectrogram", "analyzer"]) builtPlugin(id, join(data, "plugins"));
}, 60_000);
afterAll(async () => {
  await Promise.all(services.map((service) => service.discard()));
  rmSync(data, { recursive: true, force: true });
});

const stages = ["smooth_gain", "sliding_spectrum", "signal_features"];

function pipeline(channels: number, rate_hz: number): string {
  const lines = stages.map((type) => `  - { id: ${type}, type: ${type}, from: board }\n`);
  const source = `{ id: board, type: synthetic, params: { channels: ${channels}, rate_hz: ${rate_hz} } }`;
  return `schema: 1\nname: footprint\nsource: ${source}\nstages:\n${lines.join("")}`;
}

/** Plugins and what their processes take. */
function plugins({ process: { pid } }: Service) {
  return childrenOf(pid).map((child) => ({ name: nameOf(child), ...memoryOf(child) }));
}

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(2);

test.skipIf(!hasCompiler).each([8, 64])(
  "gain, spectrogram and analyzer take less than 6 MB each, with %d channels",
  async (channels) => {
    const file = join(data, `${channels}.yaml`);
    writeFileSync(file, pipeline(channels, 1000));
    const service = await Service.start({ pipeline: file, data });
    try {
      const listeners = await Promise.all(stages.map((stage) => Listener.open(service, stage)));
      await until("all to put something out", () => listeners.every(({ packets }) => packets.length > 0));
      await Bun.sleep(AT_WORK_MS);
      const found = plugins(service);
      for (const listener of listeners) listener.close();
      for (const { name, rss, pss, own } of found)
        console.log(
          `${name}, ${channels} channels: ${megabytes(rss)} MB resident, ${megabytes(pss)} MB with its share of what is shared, ${megabytes(own)} MB its own`,
        );
      expect(found.map(({ name }) => name).sort()).toEqual(["sb:analyzer", "sb:gain", "sb:spectrogram"]);
      expect(found.filter(({ rss }) => rss >= MOST_BYTES)).toEqual([]);
    } finally {
      await service.stop();
    }
  },
  60_000,
);

test.skipIf(!hasCompiler)(
  "the default pipeline with a stage of three plugins",
  async () => {
    const without = await Service.start();
    const service = await Service.start({ data });
    services.push(without, service);
    expect((await service.post("/api/pipelines/default/start")).status).toBeLessThan(300);
    for (const type of stages) {
      const { status, text } = await service.patch({ action: "insert", after: "band", stage: { type } });
      expect([status, text]).toEqual([200, text]);
    }
    await Bun.sleep(AT_WORK_MS);
    const [plain, box] = [without, service].map(({ process: { pid } }) => memoryOf(pid).rss) as [number, number];
    const all = plugins(service).reduce((sum, { pss }) => sum + pss, 0);
    console.log(
      `default pipeline from source: ${megabytes(plain)} MB resident; with three plugins: ${megabytes(box)} MB, and ${megabytes(all)} MB (shares added up) in their processes`,
    );
    expect(all).toBeLessThan(3 * MOST_BYTES);
  },
  60_000,
);
