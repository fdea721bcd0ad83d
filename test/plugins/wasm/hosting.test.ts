// SPDX-License-Identifier: Apache-2.0
//
// Components in the process that hosts them, as a box runs them.
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "smol-toml";
import { messageOf } from "../../../src/pipeline/problem.ts";
import { buildComponent } from "../../../src/plugins/build/component.ts";
import { PluginBus } from "../../../src/plugins/bus/bus.ts";
import type { Member } from "../../../src/plugins/bus/member.ts";
import { keptConfig, pathsOf } from "../../../src/plugins/choices/library-options.ts";
import { readPlugin } from "../../../src/plugins/discovery/read-plugin.ts";
import { clearPrepared } from "../../../src/plugins/lifecycle/component-program.ts";
import { openPlugin } from "../../../src/plugins/lifecycle/open-plugin.ts";
import type { FoundPlugin } from "../../../src/plugins/plugin.ts";
import { type BoxEvent, EventBus } from "../../../src/runtime/events.ts";
import { goesFirst } from "../../../src/store/goes-first.ts";
import { testFolders } from "../folders.fixture.ts";
import { LEAST, writeTree } from "../manifest.fixture.ts";
import { stageInText } from "./components.fixture.ts";

setDefaultTimeout(60_000);
const { fresh } = testFolders();

const RUNTIME = { kind: "wasm", component: "bin/it.wasm" };

/** A plugin of one source in JavaScript. */
async function plugin(source: string, manifest: object): Promise<FoundPlugin> {
  const folder = fresh();
  const build = { sources: ["src/it.js"] };
  writeTree(folder, {
    "plugin.toml": stringify({ ...LEAST, id: "finder", type: "integration", runtime: RUNTIME, build, ...manifest }),
    "src/it.js": source,
  });
  const found = readPlugin(folder, "box");
  await buildComponent(folder, found.manifest, { signal: new AbortController().signal, tell() {} });
  return found;
}

const prepared = fresh();
const members: Member[] = [];
afterAll(async () => {
  for (const member of members) await member.end();
});

/** Its main part on a bus, with all that it asks for, or with less. */
async function running(found: FoundPlugin, recordings: string, granted = found.manifest.permissions) {
  const places = { recordings, prepared };
  const events = new EventBus();
  const heard: BoxEvent[] = [];
  const faults: string[] = [];
  events.subscribe((event) => heard.push(event));
  const bus = new PluginBus(events);
  const { main } = await openPlugin(found, { granted }, places, { withMain: true });
  if (!main) throw new Error("it has no main part");
  const member = bus.join({
    ...{ manifest: found.manifest, granted, library: main, config: keptConfig(found.manifest, {}) },
    readable: pathsOf(granted.read, places),
    fault: (message) => faults.push(message),
    ...{ wrote() {}, answered() {} },
  });
  members.push(member);
  await member.start();
  const until = async (hasCome: () => boolean) => {
    for (const end = Date.now() + 20_000; !hasCome() && Date.now() < end; ) await Bun.sleep(20);
  };
  const dataOf = (type: string) => heard.filter((event) => event.type === type).map(({ data }) => data);
  return { bus, events, member, faults, dataOf, until, log: () => main.log() };
}

const FINDER = `
import { write } from "stagebox:plugin/log@0.1.0";
import { get } from "stagebox:plugin/config@0.1.0";
import { listDir } from "stagebox:plugin/filesystem@0.1.0";
import { subscribe } from "stagebox:plugin/watch@0.1.0";
import { publish } from "stagebox:plugin/relay@0.1.0";
import { call, answer, refuse } from "stagebox:plugin/services@0.1.0";

const ending = () => get("extension").val;
const names = () => listDir("recordings", "").map(({ name }) => name).filter((name) => name.endsWith(ending()));
const tell = (channel, data) => publish(channel, JSON.stringify(data));

export const lifecycle = {
  init(config) {
    write("info", "looks for " + config[0].value.val);
    subscribe("recordings", "", 100);
    tell("finder.found", { names: names() });
  },
  handleEvent({ name, data }) {
    const it = JSON.parse(data);
    if (name === "watch.changed") tell("finder.found", { names: names(), changed: it.paths, grant: it.grant });
    else if (name === "service.request" && it.service === "count") answer(it.request, JSON.stringify(names().length + it.body));
    else if (name === "service.request") refuse(it.request, "not today");
    else if (name === "service.answer") tell("finder.heard", it);
    else if (name === "StageOp") {
      if (it.call) call(it.call, JSON.stringify(it.body));
      if (it.publish) try { publish(it.publish, it.payload); } catch (error) { write("error", JSON.stringify(error.payload ?? error)); }
      if (it.trap) call(undefined, undefined); // no string
    }
  },
  shutdown() {},
};
`;
const ASKS = {
  main: {},
  config: { extension: { kind: "text", default: ".edf" } },
  permissions: {
    ...{ log: true, config: true, watch: true, read: ["recordings:"] },
    ...{ publish: ["finder.found", "finder.heard"], subscribe: ["StageOp"], services: ["finder.count", "finder.none"] },
  },
  events: { found: { schema: { required: ["names"] } }, heard: {} },
  services: { count: { answer: { type: "integer" } }, none: {} },
};
let finder: Promise<FoundPlugin> | undefined;
let recordings: string | undefined;

async function finderWith(files: string[] = []) {
  finder ??= plugin(FINDER, ASKS);
  recordings ??= fresh();
  rmSync(recordings, { recursive: true });
  mkdirSync(recordings);
  for (const file of files) writeFileSync(join(recordings, file), "");
  return { found: await finder, recordings };
}

describe("a main part", () => {
  test("looks into the folders that it was granted, and hears of what changes there", async () => {
    const { found, recordings } = await finderWith(["a.edf", "b.txt"]);
    const { dataOf, until, log, faults } = await running(found, recordings);
    await until(() => dataOf("finder.found").length > 0);
    expect(dataOf("finder.found")).toEqual([{ names: ["a.edf"] }]);
    mkdirSync(join(recordings, "new"));
    writeFileSync(join(recordings, "c.edf"), "1");
    await until(() => dataOf("finder.found").length > 1);
    expect(dataOf("finder.found")[1]).toEqual({
      ...{ names: ["a.edf", "c.edf"], grant: "recordings" },
      changed: expect.arrayContaining(["c.edf", "new"]),
    });
    expect(log()).toBe("info: looks for .edf\n");
    expect(faults).toEqual([]);
  });

  test("answers for its services, and calls those of others", async () => {
    const { found, recordings } = await finderWith(["a.edf"]);
    const { bus, events, dataOf, until } = await running(found, recordings);
    expect(await bus.call("finder", "count", 41)).toBe(42);
    expect(await bus.call("finder", "none", 41).catch(messageOf)).toBe("not today");
    events.publish("StageOp", { call: "finder.count", body: 1 });
    events.publish("StageOp", { call: "finder.none", body: null });
    await until(() => dataOf("finder.heard").length > 1);
    expect(dataOf("finder.heard")).toEqual([
      { call: 1, answer: 2 },
      { call: 2, error: "not today" },
    ]);
  });

  test("is told at once why what it publishes is refused", async () => {
    const { found, recordings } = await finderWith();
    const { events, until, log } = await running(found, recordings);
    const tries = [
      ["elsewhere.found", "{}"],
      ["finder.found", "{"],
      ["finder.found", "[]"],
      ["finder.found", "{}"],
      ["finder.found", JSON.stringify({ names: "x".repeat(70_000) })],
    ];
    for (const [publish, payload] of tries) events.publish("StageOp", { publish, payload });
    let said = "";
    await until(() => {
      said += log();
      return said.split("\n").length > tries.length + 1;
    });
    expect(said.trim().split("\n").slice(1)).toEqual([
      'error: {"tag":"not-granted"}',
      expect.stringContaining('{"tag":"bad-payload","val":"it is no JSON'),
      'error: {"tag":"bad-payload","val":"it is no object"}',
      'error: {"tag":"bad-payload","val":"it lacks \\"names\\""}',
      expect.stringContaining("has 70012 bytes, and may have 65536"),
    ]);
  });

  test("that falls over ends, its log says where, and it begins again", async () => {
    const { found, recordings } = await finderWith();
    const { events, member, until, log, dataOf } = await running(found, recordings);
    events.publish("StageOp", { trap: true });
    await until(() => member.watch().state === "gone");
    expect(member.watch()).toEqual({ state: "gone", reason: "fell over: its log says where" });
    expect(log()).toMatch(/^info: .*\nit fell over in handle-event.*: Unreachable code/m);
    member.restart();
    await until(() => dataOf("finder.found").length > 1);
    expect(member.watch().state).toBe("well");
  });

  test.each([
    ["publish of relay", { publish: [] }],
    ["subscribe of watch", { watch: false }],
    ["get of config", { config: false }],
  ])("without the grant for %s it ends, and the words name it", async (called, less) => {
    const { found, recordings } = await finderWith(["a.edf"]);
    const { member } = await running(found, recordings, { ...found.manifest.permissions, ...less });
    expect(member.watch()).toEqual({
      state: "gone",
      reason: expect.stringContaining(`it called ${called}, which it was not granted; ask for `),
    });
  });
});

test("what is made of a stranger's files is made by a process that ends before the box when memory runs out", async () => {
  const child = Bun.spawn(["cat"], { stdin: "pipe" });
  goesFirst(child.pid);
  expect(readFileSync(`/proc/${child.pid}/oom_score_adj`, "utf8")).toBe("1000\n");
  child.kill();
  await child.exited;
  goesFirst(child.pid); // is gone, and no matter
});

test("what is made of a component is kept, for as long as its plugin is wanted", async () => {
  const folder = fresh();
  const manifest = { ...LEAST, id: "one", runtime: RUNTIME, stages: { one: { name: "One", description: "One." } } };
  writeTree(folder, { "plugin.toml": stringify(manifest) });
  mkdirSync(join(folder, "bin"));
  const places = { prepared: fresh() };
  const open = async () => (await openPlugin(readPlugin(folder, "box"), {}, places)).library?.close();
  const kept = () => readdirSync(join(places.prepared, "one"));

  writeFileSync(join(folder, "bin/it.wasm"), await stageInText({}));
  await open();
  const [first] = kept();
  await open();
  expect(kept()).toEqual([first as string]);
  writeFileSync(join(folder, "bin/it.wasm"), await stageInText({ process: "i32.const 8" }));
  await open();
  expect(kept()).toHaveLength(2);
  clearPrepared("one", places);
  expect(existsSync(join(places.prepared, "one"))).toBe(false);
});
