// SPDX-License-Identifier: Apache-2.0
import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EpochEvents } from "../../src/runtime/epoch-events.ts";
import type { BoxEvent } from "../../src/runtime/events.ts";
import { PluginBox } from "../plugins/odometer.fixture.ts";
import { until } from "../system/service.ts";

let box: PluginBox;
const path = mkdtempSync(join(tmpdir(), "stagebox-epochs-"));
afterEach(async () => {
  await box.close();
  rmSync(path, { recursive: true, force: true });
});

test("epochs are told as they are cut, from stages that come and go", async () => {
  box = await PluginBox.open(path);
  new EpochEvents(box.supervisor, box.events);
  const told: BoxEvent[] = [];
  box.events.subscribe((event) => {
    if (event.type.startsWith("Epoch")) told.push(event);
  });
  const stage = (id: string) => ({ id, type: "epoch", pre_s: 0.05, post_s: 0.15 });
  await box.run("{ type: nop }");
  box.supervisor.mark("unheard");
  await box.supervisor.patch([{ action: "insert", after: "nop", stage: stage("cut") }]);
  await until("the first", () => {
    if (told.length === 0) box.supervisor.mark("flash");
    return told.length >= 2;
  });
  expect(told.slice(0, 2).map(({ type, data }) => [type, data.stage, data.label, data.duration_s])).toEqual([
    ["EpochStart", "cut", "flash", 0.2],
    ["EpochEnd", "cut", "flash", 0.2],
  ]);
  const [start, end] = told.map(({ data }) => Number(data.time_ns));
  expect(end).toBeCloseTo((start ?? 0) + 2e8, -1);
  await box.supervisor.patch([{ action: "remove", id: "cut" }]);
  await box.supervisor.patch([{ action: "insert", after: "nop", stage: stage("again") }]);
  told.length = 0;
  await until("of the other", () => {
    if (told.length === 0) box.supervisor.mark("tone");
    return told.length >= 2;
  });
  expect(new Set(told.map(({ data }) => data.stage))).toEqual(new Set(["again"]));
}, 30_000);
