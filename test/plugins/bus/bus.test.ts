// SPDX-License-Identifier: Apache-2.0
//
// Main parts that hear of the box and of each other, whatever language they are in.
import { afterEach, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { until } from "../../system/service.ts";
import { BusBox, type MainPlugin } from "./bus.fixture.ts";

let box: BusBox;
async function boxWith(...plugins: MainPlugin[]): Promise<void> {
  box = await BusBox.open(...plugins);
}
afterEach(async () => {
  await box?.close();
  rmSync(box.path, { recursive: true, force: true });
}, 30_000);

const COUNTER: MainPlugin = {
  id: "counter",
  kind: "script",
  code: `
import { service } from "stagebox";
let total = 0;
service("add", ({ amount }: { amount: number }) => ({ total: (total += amount) }));
`,
  manifest: {
    services: {
      add: {
        description: "Adds up.",
        request: { type: "object", required: ["amount"], properties: { amount: { type: "integer", minimum: 1 } } },
        answer: { type: "object", required: ["total"], properties: { total: { type: "integer" } } },
      },
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

test("a plugin in Python hears of an edit, and asks one in TypeScript", async () => {
  await boxWith(COUNTER, LISTENER);
  expect(box.box.plugins.list().map(({ id, state, reason }) => [id, state, reason])).toEqual([
    ["counter", "ready", undefined],
    ["listener", "ready", undefined],
  ]);
  expect(box.bus.services()).toMatchObject([{ plugin: "counter", name: "add", ready: true }]);
  await box.box.run("{ type: nop }");
  await box.box.supervisor.patch([{ action: "insert", after: "board", stage: { id: "a", type: "nop" } }]);
  await until("the answer", () => box.data("listener.counted").length === 1);
  expect(box.data("listener.counted")).toEqual([{ total: 1, revision: 2 }]);
  expect(box.log("listener")).toContain("loaded listener 1.0.0");
}, 30_000);
