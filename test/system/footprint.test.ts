// SPDX-License-Identifier: Apache-2.0
// What the box takes: memory of the executable as it is shipped, one core for a big montage.
import { afterAll, expect, test } from "bun:test";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createRecording } from "../../src/formats/create.ts";
import { info, uVChannels, waves } from "../formats/synthetic.ts";
import { Listener } from "./listener.ts";
import { newFolder, quick, root, Service } from "./service.ts";

const executable = join(root, "dist/stagebox");
const isBuilt = existsSync(executable);
if (!isBuilt) console.log("skipped: memory of the executable: there is no dist/stagebox: npm run build");
const folder = newFolder();
const services: Service[] = [];
afterAll(async () => {
  await Promise.all(services.map((service) => service.discard()));
  rmSync(folder, { recursive: true });
});

test.skipIf(!isBuilt)(
  "the default pipeline with one listener stays under 80 MB",
  async () => {
    const service = await Service.start({ command: [executable] });
    services.push(service);
    const raw = await Listener.open(service, "raw");
    await Bun.sleep(quick ? 2_000 : 20_000);
    const resident = service.residentBytes() / 1e6;
    console.log(`dist/stagebox, default pipeline, one listener: ${resident.toFixed(1)} MB resident`);
    expect(raw.breaks()).toEqual([]);
    expect(resident).toBeLessThan(80);
  },
  60_000,
);

test("64 channels at 4 kHz go through alpha faster than they come, on one core", () => {
  const [channels, rate_hz, seconds] = [64, 4000, quick ? 5 : 30];
  const input = join(folder, "big.bdf");
  const writer = createRecording("bdf", input, info(rate_hz, uVChannels(channels)));
  for (let second = 0; second < seconds; second++) writer.write(waves(rate_hz, channels), rate_hz);
  writer.close();
  const command = ["taskset", "-c", "0", process.execPath, join(root, "src/main.ts"), "process"];
  const alpha = [join(root, "pipelines/alpha.yaml"), "--input", input, "--json"];
  const started = performance.now();
  const { exitCode, stderr } = Bun.spawnSync([...command, ...alpha]);
  const took = (performance.now() - started) / 1000;
  expect([exitCode, stderr.toString()]).toEqual([0, ""]);
  console.log(`alpha, ${channels} channels at ${rate_hz} Hz, one core: ${(seconds / took).toFixed(0)} times real time`);
  expect(seconds / took).toBeGreaterThan(1);
}, 60_000);
