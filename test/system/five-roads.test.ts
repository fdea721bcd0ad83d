// SPDX-License-Identifier: Apache-2.0
//
// The road that plugins/README.md shows, for each runtime and as somebody goes it who has changed nothing yet: new, build,
// check, install, and the stage stands in a box that runs and does what it says. How long each took is told.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FLAG } from "../../src/native/packet.ts";
import { hasGrpc, type Server, startPython } from "../plugins/service/server.fixture.ts";
import { hasClang } from "../plugins/wasm/components.fixture.ts";
import { stagebox } from "./built-plugin.ts";
import { Listener } from "./listener.ts";
import { newFolder, python, Service, until } from "./service.ts";

/** What Debian has to bring, and whether it has. */
const roads = [
  { id: "road_c", words: [], needs: "gcc", isThere: Bun.which("gcc") !== null },
  { id: "road_wasm", words: ["--runtime", "wasm"], needs: "clang, lld and wasi-libc", isThere: hasClang },
  { id: "road_js", words: ["--runtime", "wasm", "--template", "javascript"], needs: "nothing", isThere: true },
  { id: "road_ts", words: ["--runtime", "script"], needs: "nothing", isThere: true },
  { id: "road_py", words: ["--runtime", "python"], needs: "python3-numpy", isThere: python("numpy") },
  { id: "road_far", words: ["--runtime", "service"], needs: "python3-grpcio and protobuf-compiler", isThere: hasGrpc },
];
for (const { id, needs, isThere } of roads) if (!isThere) console.log(`skipped: ${id}: there is no ${needs}`);

const pipeline = `
schema: 1
name: roads
source: { id: board, type: synthetic, params: { channels: 4, rate_hz: 500 } }
stages:
  - { id: before, type: nop }
`;

const data = newFolder();
const work = join(data, "work");
let service: Service;
let server: Server | undefined;
beforeAll(async () => {
  writeFileSync(join(data, "pipeline.yaml"), pipeline);
  service = await Service.start({ data, pipeline: join(data, "pipeline.yaml") });
});
afterAll(async () => {
  server?.process.kill();
  await service?.discard();
});

/** The server's own step: somewhere to listen that no other test has. */
async function serve(folder: string): Promise<void> {
  const manifest = join(folder, "plugin.toml");
  const address = `unix:${folder}/stage.sock`;
  writeFileSync(manifest, readFileSync(manifest, "utf8").replace("http://127.0.0.1:50051", address));
  server = await startPython(folder, folder);
}

for (const { id, words, isThere } of roads)
  test.skipIf(!isThere)(
    `${id}: new, build, check, install, and it runs`,
    async () => {
      const began = performance.now();
      const folder = join(work, id);
      stagebox("plugin", "new", id, ...words, "--into", work);
      stagebox("plugin", "build", folder);
      if (words.includes("service")) await serve(folder);
      expect(stagebox("plugin", "check", folder, "--quick")).toContain(" 0 failed");
      stagebox("plugin", "install", folder, "--link", "--data", data);
      if (words.includes("service")) stagebox("plugin", "enable", id, "--grant", "network", "--data", data);
      const stands = async () =>
        (await service.get("/api/stages")).body.stages.find(({ type }: { type: string }) => type === id);
      expect(await until("its stage", stands)).toMatchObject({
        plugin: { id },
        params: [{ id: "gain_db" }, ...more(id)],
      });
      console.log(`${id}: ${((performance.now() - began) / 1000).toFixed(1)} s`);

      const stage = { id: "mine", type: id, gain_db: 20 };
      expect((await service.patch({ action: "insert", after: "before", stage })).status).toBe(200);
      const [input, output] = [await Listener.open(service, "before"), await Listener.open(service, "mine")];
      const [given, made] = await until("a block of its own", () => pair(input, output));
      for (const [i, value] of made.entries()) expect(value / (given[i] ?? Number.NaN)).toBeCloseTo(10, 4);
      for (const listener of [input, output]) listener.close();
      expect((await service.patch({ action: "remove", id: "mine" })).status).toBe(200);
    },
    180_000,
  );

/** The other parameters of its template. */
function more(id: string): object[] {
  return id === "road_c" ? [{ id: "ramp_ms" }] : [];
}

/** The same block before and behind a stage, if it was there in time and is not the first, which may be on its way to the gain. */
function pair(input: Listener, output: Listener): [Float32Array, Float32Array] | undefined {
  const made = output.packets.slice(5).find(({ flags }) => (flags & FLAG.late) === 0);
  const given = input.packets.find(({ first_frame }) => first_frame === made?.first_frame);
  return made && given && [given.data, made.data];
}
