// SPDX-License-Identifier: Apache-2.0
//
// Main parts that hear of the box and of each other, whatever language they are in.
import { afterEach, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse as parseToml } from "smol-toml";
import { ServiceError } from "../../../src/plugins/bus/service-error.ts";
import { until } from "../../system/service.ts";
import { BusBox, type MainPlugin, putMain } from "./bus.fixture.ts";

let box: BusBox;
async function boxWith(...plugins: MainPlugin[]): Promise<void> {
  box = await BusBox.open(...plugins);
}
afterEach(() => box?.close(), 30_000);

const COUNTER: MainPlugin = {
  id: "counter",
  kind: "script",
  code: `
import { call, config, publish, service, subscribe } from "stagebox";
let total = 0;
service("add", ({ amount }: { amount: number }) => ({ total: (total += amount) }));
service("later", async () => {
  await Bun.sleep(20);
  return await call("doubler.double", 4);
});
service("wrong", () => ({ total: "many" }));
service("throws", () => {
  throw new RangeError("out of it");
});
export async function on_load(context) {
  await subscribe("*", (event) => publish("counter.heard", { type: event.type }));
  console.log("config", config.step, context.config.step);
}
export function on_unload() {
  console.log("unloads");
}
`,
  manifest: {
    config: { step: { kind: "integer", default: 3 } },
    permissions: { subscribe: ["*"], publish: ["counter.heard"], services: ["doubler.double"] },
    services: {
      add: {
        description: "Adds up.",
        request: { type: "object", required: ["amount"], properties: { amount: { type: "integer", minimum: 1 } } },
        answer: { type: "object", required: ["total"], properties: { total: { type: "integer" } } },
      },
      later: {},
      wrong: { answer: { type: "object", properties: { total: { type: "integer" } } } },
      throws: {},
      absent: {},
    },
  },
};

const LISTENER: MainPlugin = {
  id: "listener",
  kind: "python",
  code: `
import stagebox

def on_load(context):
    stagebox.subscribe("StageOp")
    print("loaded", context.plugin, context.version, flush=True)

def on_event(event):
    answer = stagebox.call("counter.add", {"amount": len(event.data["actions"])})
    stagebox.publish("listener.counted", {"total": answer["total"], "revision": event.data["revision"]})

def on_unload():
    print("unloaded", flush=True)
`,
  manifest: {
    permissions: { subscribe: ["StageOp"], publish: ["listener.counted"], services: ["counter.add"] },
    dependencies: { counter: "^1.0.0" },
    events: {
      counted: { schema: { type: "object", required: ["total"], properties: { total: { type: "integer" } } } },
    },
  },
};

const DOUBLER: MainPlugin = {
  id: "doubler",
  kind: "native",
  code: "doubler.c",
  manifest: {
    permissions: { subscribe: ["asker.asked"], publish: ["doubler.heard"], services: ["asker.negate"] },
    services: { double: { request: { type: "number" }, answer: { type: "number" } }, forward: {}, other: {} },
  },
};

const ASKER: MainPlugin = {
  id: "asker",
  kind: "python",
  code: `
import stagebox
from stagebox import service

@service
def twice(request):
    return stagebox.call("doubler.double", request)

@service
def around(request):
    "asks the other to ask this"
    return stagebox.call("doubler.forward", request)

@service(name="negate")
def negative(request):
    return -request

@service
def attempt(name):
    try:
        return {"answer": stagebox.call(name, 1)}
    except stagebox.ServiceError as error:
        return {"words": str(error)}

@service
def tell(request):
    stagebox.publish("asker.asked", request)
`,
  manifest: {
    permissions: { publish: ["asker.asked"], services: ["doubler.double", "doubler.forward", "counter.absent"] },
    services: { twice: {}, around: {}, negate: {}, attempt: {}, tell: {} },
  },
};

test("a plugin in Python hears of an edit, and asks one in TypeScript", async () => {
  await boxWith(COUNTER, LISTENER);
  expect(box.box.plugins.list().map(({ id, state, reason }) => [id, state, reason])).toEqual([
    ["counter", "ready", undefined],
    ["listener", "ready", undefined],
  ]);
  await box.box.run("{ type: nop }");
  await box.box.supervisor.patch([{ action: "insert", after: "board", stage: { id: "a", type: "nop" } }]);
  await until("the answer", () => box.data("listener.counted").length === 1);
  expect(box.data("listener.counted")).toEqual([{ total: 1, revision: 2 }]);
  expect(box.log("listener")).toContain("loaded listener 1.0.0");
  expect(box.log("counter")).toContain("config 3 3");
  await until("all that happened", () => box.data("counter.heard").some(({ type }) => type === "listener.counted"));
  expect(box.data("counter.heard").map(({ type }) => type)).toEqual(
    expect.arrayContaining(["PipelineStarted", "StageOp", "PluginState"]),
  );
  expect(box.data("counter.heard").map(({ type }) => type)).not.toContain("counter.heard");
}, 30_000);

test("plugins in Python, C and TypeScript serve each other", async () => {
  await boxWith(COUNTER, DOUBLER, ASKER);
  expect(await box.ask("asker.twice", 21)).toBe(42);
  expect(await box.ask("counter.later")).toBe(8);
  expect(await box.ask("asker.around", 5)).toBe(-5);
  expect(await Promise.all(Array.from({ length: 40 }, (_, n) => box.ask("doubler.double", n)))).toEqual(
    Array.from({ length: 40 }, (_, n) => 2 * n),
  );
  await box.ask("asker.tell", { n: 7 });
  await until("what C heard", () => box.data("doubler.heard").length === 1);
  expect(box.data("doubler.heard")).toEqual([{ type: "asker.asked", same: true }]);
  expect(box.events.find(({ type }) => type === "asker.asked")?.from).toBe("asker");
  expect(box.bus.services().find(({ name }) => name === "double")).toMatchObject({ plugin: "doubler", ready: true });
  const { memory_bytes } = box.box.plugins.get("doubler").statistics;
  await until("its memory", () => box.box.plugins.get("doubler").statistics.memory_bytes > 100_000);
  expect(memory_bytes).toBeNumber();
}, 30_000);

test("what comes to nothing says why", async () => {
  await boxWith(COUNTER, DOUBLER, ASKER);
  const attempt = (name: string) => box.ask("asker.attempt", name);
  expect(await attempt("counter.add")).toEqual({ words: expect.stringContaining("asker may not call counter.add") });
  expect(await attempt("counter.absent")).toEqual({ words: expect.stringContaining('no service("absent"') });
  expect(await attempt("no such thing")).toContain("is no name");
  expect(await box.ask("counter.nothing")).toContain('there is no service "counter.nothing"');
  expect(await box.ask("counter.add", {})).toBe('invalid: the request to counter.add does not fit: it lacks "amount"');
  expect(await box.ask("counter.add", { amount: 0 })).toContain("/amount must be at least 1");
  expect(await box.ask("counter.wrong")).toContain("failed: the answer of counter.wrong does not fit: /total must be");
  expect(await box.ask("counter.throws")).toMatch(/^failed: RangeError: out of it \(main.ts:\d+\)/);
  expect(await box.ask("doubler.other")).toBe("failed: cannot do that");
  expect(await box.ask("asker.negate", "x")).toMatch(/^failed: TypeError: .* \(main.py:\d+\)/);
  await until("the misfit told", () => box.faults("counter").includes("does not fit"));
  await box.box.plugins.choose("doubler", { enabled: false });
  expect(await box.ask("doubler.double", 1)).toContain('there is no service "doubler.double"');
  expect(await attempt("doubler.double")).toEqual({ words: expect.stringContaining("there is no service") });
}, 30_000);

describe("nothing is allowed that was not granted", () => {
  const asks = LISTENER.manifest?.permissions as Record<string, string[]>;
  test.each([
    ["subscribe", 'may not hear "StageOp"'],
    ["publish", 'publishes "listener.counted": it may not'],
    ["services", ""],
  ])(
    "%s",
    async (right, words) => {
      await boxWith(COUNTER, { ...LISTENER, granted: { ...asks, [right]: [] } });
      await box.box.run("{ type: nop }");
      await box.box.supervisor.patch([{ action: "insert", after: "board", stage: { id: "a", type: "nop" } }]);
      if (words) await until("words", () => box.faults("listener").includes(words));
      else await until("words", () => box.log("listener").includes("may not call counter.add"));
      expect(box.data("listener.counted")).toEqual([]);
    },
    30_000,
  );
});

test("a channel's own plugin says who else may publish on it, and what", async () => {
  const channel = (from: string[]): MainPlugin => ({
    ...LISTENER,
    manifest: { ...LISTENER.manifest, events: { counted: { from, schema: { required: ["total"] } } } },
  });
  const guest: MainPlugin = {
    id: "guest",
    kind: "script",
    code: `
import { publish, service } from "stagebox";
service("say", (data) => publish("listener.counted", data));
`,
    manifest: { permissions: { publish: ["listener.counted"] }, services: { say: {} } },
  };
  await boxWith(COUNTER, channel(["guest"]), guest);
  await box.ask("guest.say", { total: 9 });
  await box.ask("guest.say", { sum: 9 });
  await until("both", () => box.faults("guest").includes('lacks "total"'));
  expect(box.events.filter(({ type }) => type === "listener.counted")).toMatchObject([
    { from: "guest", data: { total: 9 } },
  ]);
  await putMain(box.path, channel([]));
  await box.box.plugins.reload("listener");
  await box.ask("guest.say", { total: 10 });
  expect(box.data("listener.counted")).toEqual([{ total: 9 }]);
}, 30_000);

test("a main part gives way to that of another build, and ends with its plugin", async () => {
  await boxWith(COUNTER);
  expect(await box.ask("counter.add", { amount: 2 })).toEqual({ total: 2 });
  await putMain(box.path, { ...COUNTER, code: COUNTER.code.replace("let total = 0", "let total = 100") });
  await until("the new one", async () => {
    const answer = (await box.ask("counter.add", { amount: 1 })) as { total?: number };
    return (answer.total ?? 0) > 100;
  });
  expect(box.log("counter")).toContain("unloads");
  const { reloads } = box.box.plugins.get("counter").statistics;
  expect(reloads).toBe(1);
  await putMain(box.path, { ...COUNTER, code: "this is no code" });
  await expect(box.box.plugins.reload("counter")).rejects.toThrow("main.ts cannot be run");
  expect(await box.ask("counter.add", { amount: 1 })).toMatchObject({ total: expect.any(Number) });
  await box.box.plugins.choose("counter", { enabled: false });
  await expect(box.bus.call("counter", "add", {})).rejects.toThrow("there is no service");
}, 30_000);

test("who falls over while it is asked is started again, and in the end is in quarantine", async () => {
  const faller: MainPlugin = {
    id: "faller",
    kind: "python",
    code: `
import os, stagebox

@stagebox.service
def fall(request):
    os._exit(3)

@stagebox.service
def stand(request):
    return True
`,
    manifest: { services: { fall: {}, stand: {} } },
  };
  await boxWith(faller);
  for (let falls = 1; falls <= 5; falls++) {
    await until("it stands", async () => (await box.ask("faller.stand")) === true);
    const error: unknown = await box.bus.call("faller", "fall", null).catch((it) => it);
    expect(error).toBeInstanceOf(ServiceError);
    expect(String(error)).toBe("ServiceError: faller fell over while it was asked: exited with 3 though nobody asked");
  }
  await until("quarantine", () => box.box.plugins.get("faller").quarantined);
  expect(box.box.plugins.get("faller").reason).toContain("main fell over 5 times");
  expect(await box.ask("faller.stand")).toContain("gone: faller is not there just now: quarantined");
  await box.box.plugins.retry("faller");
  expect(await box.ask("faller.stand")).toBe(true);
}, 60_000);

test("what the page on plugins shows works", async () => {
  const page = readFileSync(join(import.meta.dir, "../../../plugins/README.md"), "utf8");
  const section = page.slice(page.indexOf("## Events and services"));
  const block = (language: string) => new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(section)?.[1] ?? "";
  const { runtime: _, ...watcher } = parseToml(block("toml")) as Record<string, object>;
  await boxWith(
    { id: "watcher", kind: "python", code: block("python"), manifest: watcher },
    {
      ...{ id: "counter", kind: "script", code: block("ts") },
      manifest: { permissions: { subscribe: ["watcher.busy"], services: ["watcher.reset"] }, services: { add: {} } },
    },
  );
  await box.box.run("{ type: nop }");
  await box.box.supervisor.patch([{ action: "insert", after: "board", stage: { id: "a", type: "nop" } }]);
  await until("all of it", () => box.log("counter").includes("was: 1"));
  expect(box.data("watcher.busy")).toEqual([{ edits: 1 }]);
  await box.box.plugins.choose("watcher", { enabled: false });
  expect(box.log("watcher")).toContain("bye");
}, 30_000);
