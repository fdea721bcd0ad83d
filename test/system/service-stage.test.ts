// SPDX-License-Identifier: Apache-2.0
//
// A stage that a server computes, from the first command to a server that goes away and comes again.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FLAG } from "../../src/native/packet.ts";
import { hasGrpc, type Server, startPython } from "../plugins/service/server.fixture.ts";
import { stagebox } from "./built-plugin.ts";
import { Listener } from "./listener.ts";
import { newFolder, Service, until } from "./service.ts";

const data = newFolder();
const folder = join(data, "work/my-far");
const pipeline = `
schema: 1
name: far
source: { id: board, type: synthetic, params: { channels: 4, rate_hz: 500 } }
stages:
  - { id: end, type: nop }
`;

let service: Service;
let server: Server;
beforeAll(async () => {
  writeFileSync(join(data, "pipeline.yaml"), pipeline);
  service = await Service.start({ data, pipeline: join(data, "pipeline.yaml") });
});
afterAll(async () => {
  server?.process.kill();
  await service?.discard();
});

const plugin = async () => (await service.get("/api/plugins/my-far")).body;

test.skipIf(!hasGrpc)(
  "it is begun, checked, installed, granted the network, run, missed and found again",
  async () => {
    stagebox("plugin", "new", "my-far", "--runtime", "service", "--into", join(data, "work"));
    const manifest = join(folder, "plugin.toml");
    const address = `unix:${folder}/stage.sock`;
    writeFileSync(manifest, readFileSync(manifest, "utf8").replace("http://127.0.0.1:50051", address));
    stagebox("plugin", "build", folder);

    server = await startPython(folder, folder);
    expect(stagebox("plugin", "check", folder, "--quick")).toContain("0 failed");
    expect(stagebox("plugin", "install", folder, "--link", "--data", data)).toContain("--grant");
    stagebox("plugin", "enable", "my-far", "--grant", "network", "--data", data);
    await until("it to be ready", async () => (await plugin()).state === "ready");
    const { stages } = (await service.get("/api/stages")).body;
    expect(stages.find(({ type }: { type: string }) => type === "my_far")).toMatchObject({
      plugin: { id: "my-far" },
      params: [{ id: "gain_db", live: true, unit: "dB" }],
    });

    const stage = { id: "mine", type: "my_far", gain_db: 6 };
    const inserted = await service.patch({ action: "insert", after: "end", stage });
    expect([inserted.status, inserted.text]).toEqual([200, inserted.text]);
    const listener = await Listener.open(service, "mine");
    const isOwn = () => {
      const before = listener.packets.length;
      return until("a packet of its own", () =>
        listener.packets.slice(before).some(({ flags }) => (flags & FLAG.late) === 0),
      );
    };
    await isOwn();

    server.process.kill("SIGKILL");
    await until("the reason", async () => String((await plugin()).reason).includes(address));
    expect((await plugin()).statistics.crashes).toBe(0);
    server = await startPython(folder, folder);
    await isOwn();
  },
  120_000,
);
