// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import type { Flow } from "../../src/runtime/progress.ts";
import { ServiceManager } from "../../src/runtime/service-manager.ts";

function managed({ isThere = true, environment = {} as Record<string, string> } = {}) {
  const told: string[] = [];
  const now = { flow: "starting" as Flow, status: "starts" };
  const manager = new ServiceManager({
    notify(state) {
      if (isThere) told.push(...state.split("\n"));
      return isThere;
    },
    flow: () => now.flow,
    status: () => now.status,
    environment,
  });
  return { manager, now, told };
}

test.each(["moving", "idle", "waiting", "fault"] as const)("a box is ready once, when its flow is %s", (flow) => {
  const { manager, now, told } = managed();
  manager.look();
  expect(told).toEqual(["STATUS=starts"]);
  now.flow = flow;
  manager.look();
  manager.look();
  expect(told).toEqual(["STATUS=starts", "READY=1"]);
});

test("one that is stuck from the start never is", () => {
  const { manager, now, told } = managed();
  now.flow = "stuck";
  manager.look();
  expect(told).not.toContain("READY=1");
});

test("signs of life come three times in the time, and not while packets are stuck", async () => {
  const { manager, now, told } = managed({ environment: { WATCHDOG_USEC: "60000" } });
  const signs = () => told.filter((line) => line === "WATCHDOG=1").length;
  now.flow = "moving";
  manager.look();
  manager.look();
  expect(signs()).toBe(1);
  await Bun.sleep(25);
  manager.look();
  expect(signs()).toBe(2);
  now.flow = "stuck";
  await Bun.sleep(25);
  manager.look();
  expect(signs()).toBe(2);
});

test("one that cannot become ready asks to be started anew, and not at once", async () => {
  const { manager, now, told } = managed({ environment: { WATCHDOG_USEC: "60000" } });
  now.flow = "stuck";
  manager.look();
  await Bun.sleep(30);
  manager.look();
  expect(told).not.toContain("WATCHDOG=trigger");
  await Bun.sleep(40);
  manager.look();
  expect(told).toContain("WATCHDOG=trigger");
});

test("a watchdog of another process is none of ours", () => {
  const { manager, told } = managed({ environment: { WATCHDOG_USEC: "60000", WATCHDOG_PID: "1" } });
  manager.look();
  expect(told).toEqual(["STATUS=starts"]);
});

test("where there is no service manager nothing is said", () => {
  const { manager, told } = managed({ isThere: false });
  manager.look();
  manager.stop();
  expect(told).toEqual([]);
});

test("one that takes nothing just now is told again", () => {
  let isFull = true;
  const told: string[] = [];
  const manager = new ServiceManager({
    notify(state) {
      if (isFull) throw new Error("its queue is full");
      told.push(...state.split("\n"));
      return true;
    },
    flow: () => "moving",
    status: () => "runs",
    environment: {},
  });
  manager.look();
  isFull = false;
  manager.look();
  expect(told).toEqual(["READY=1", "STATUS=runs"]);
});
