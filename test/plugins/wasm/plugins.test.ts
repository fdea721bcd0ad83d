// SPDX-License-Identifier: Apache-2.0
//
// A component of the world `plugin`: every capability from within, in JavaScript.
import { expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Capabilities, CapabilityError } from "../../../src/plugins/wasm/capabilities.ts";
import { grantedFolders } from "../../../src/plugins/wasm/granted-folders.ts";
import { ComponentRefusal, ComponentTrap } from "../../../src/plugins/wasm/instantiate.ts";
import { PluginComponent } from "../../../src/plugins/wasm/plugin-component.ts";
import { componentSettings, settingsReader } from "../../../src/plugins/wasm/values.ts";
import { testFolders } from "../folders.fixture.ts";
import { built, loaded } from "./components.fixture.ts";

setDefaultTimeout(60_000);
const { fresh } = testFolders();

const SOURCE = `
import { write } from "stagebox:plugin/log@0.1.0";
import { get } from "stagebox:plugin/config@0.1.0";
import { grants, listDir, readMetadata } from "stagebox:plugin/filesystem@0.1.0";
import { subscribe, unsubscribe } from "stagebox:plugin/watch@0.1.0";
import { publish } from "stagebox:plugin/relay@0.1.0";

function scan() {
  const found = grants().flatMap((grant) =>
    listDir(grant, "").filter(({ kind, name }) => kind === "file" && name.endsWith(get("extension").val))
      .map(({ name }) => ({ name, bytes: Number(readMetadata(grant, name).size) })));
  publish("recordings.found", JSON.stringify(found));
}

let subscription;
export const lifecycle = {
  init(config) {
    if (config.length !== 1 || get("nothing") != null) throw "wrong settings";
    subscription = subscribe("recordings", "", 500);
    write("info", "begins with " + config[0].id);
    scan();
  },
  handleEvent({ name, timeMs, data }) {
    if (name === "watch.changed") scan();
    else if (name === "list") listDir("elsewhere", data);
    else throw name + " at " + timeMs + ": " + JSON.parse(data).x;
  },
  shutdown() { unsubscribe(subscription); },
};
`;

let component: Promise<Uint8Array> | undefined;
async function plugin(change: (all: Capabilities) => Capabilities = (all) => all) {
  component ??= built(fresh(), "plugin.js", SOURCE, { stages: {}, type: "integration" });
  const prepared = await loaded(await component, "plugin");
  const folder = join(fresh(), "recordings");
  mkdirSync(folder);
  writeFileSync(join(folder, "a.edf"), "1234");
  const calls: unknown[] = [];
  const specs = [{ id: "extension", kind: "text" as const }];
  const all: Capabilities = {
    log: { write: (...args) => void calls.push(["log", ...args]) },
    config: settingsReader(specs, { extension: ".edf" }),
    filesystem: grantedFolders(new Map([["recordings", folder]])),
    watch: {
      subscribe: (...args) => calls.push(["subscribe", ...args]),
      unsubscribe: (...args) => void calls.push(["unsubscribe", ...args]),
    },
    relay: {
      publish(channel, payload) {
        if (calls.length > 4) throw new CapabilityError({ tag: "bad-payload", val: "too many" });
        calls.push([channel, JSON.parse(payload)]);
      },
    },
  };
  const made = await PluginComponent.create(prepared, { memory_mb: 32, capabilities: change(all) });
  return { made, calls, folder, settings: componentSettings(specs, { extension: ".edf" }) };
}

test("it finds, publishes, hears of events, and lets go", async () => {
  const { made, calls, folder, settings } = await plugin();
  made.init(settings);
  writeFileSync(join(folder, "b.edf"), "");
  writeFileSync(join(folder, "b.txt"), "");
  made.handleEvent({ name: "watch.changed", time_ms: 5, data: "{}" });
  made.shutdown();
  const [a, b] = [
    { name: "a.edf", bytes: 4 },
    { name: "b.edf", bytes: 0 },
  ];
  expect(calls).toEqual([
    ["subscribe", "recordings", "", 500],
    ["log", "info", "begins with extension"],
    ["recordings.found", [a]],
    ["recordings.found", [a, b]],
    ["unsubscribe", 1],
  ]);
});

test("errors go both ways, and end nothing", async () => {
  const { made, settings } = await plugin();
  made.init(settings);
  const event = (name: string, data: string) => () => made.handleEvent({ name, time_ms: 1.5e12, data });
  expect(event("custom", '{"x": 1}')).toThrow(new ComponentRefusal("custom at 1500000000000: 1"));
  expect(event("list", "")).toThrow(ComponentRefusal); // the capability's error, which it does not catch
  expect(event("watch.changed", "{}")).not.toThrow();
});

test("without a grant it ends at the first call of it", async () => {
  const { made, settings } = await plugin(({ relay: _, ...others }) => others);
  expect(() => made.init(settings)).toThrow(/^it called publish of relay, which it was not granted;/);
  expect(() => made.shutdown()).toThrow(ComponentTrap);
});
