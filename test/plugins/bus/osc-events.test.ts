// SPDX-License-Identifier: Apache-2.0
//
// The plugin osc-events in its sandbox: a marker leaves the box as a datagram if the network was granted, and not otherwise.
import { afterEach, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import { until } from "../../system/service.ts";
import { BusBox } from "./bus.fixture.ts";

const folder = join(import.meta.dir, "../../../plugins/osc-events");
let box: BusBox;
afterEach(() => box?.close(), 30_000);

async function boxWith(port: number, granted: object): Promise<void> {
  const { runtime: _, config, ...manifest } = parse(readFileSync(join(folder, "plugin.toml"), "utf8"));
  const settings = config as Record<string, object>;
  box = await BusBox.open({
    ...{ id: "osc-events", kind: "python", code: readFileSync(join(folder, "main.py"), "utf8"), granted },
    manifest: { ...manifest, enabled: true, config: { ...settings, port: { ...settings.port, default: port } } },
  });
}

test("a marker is a datagram", async () => {
  const heard: string[] = [];
  const socket = await Bun.udpSocket({
    hostname: "127.0.0.1",
    socket: { data: (_socket, data) => void heard.push(data.toString("latin1")) },
  });
  try {
    await boxWith(socket.port, { network: true, subscribe: ["*"] });
    expect(box.box.plugins.get("osc-events")).toMatchObject({ state: "ready" });
    box.box.events.publish("Marker", { label: "go", duration_s: 1.5 });
    await until("it is heard", () => heard.length === 1);
    expect(heard).toEqual(["/stagebox/Marker\0\0\0\0,sd\0go\0\0\x3f\xf8\0\0\0\0\0\0"]);
  } finally {
    socket.close();
  }
}, 30_000);

test("without the network it says what it lacks", async () => {
  await boxWith(9, { subscribe: ["*"] });
  await until("words", () => /network/.test(box.log("osc-events") + box.box.plugins.get("osc-events").reason));
}, 30_000);
