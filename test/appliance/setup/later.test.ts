// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { doLater } from "../../../src/appliance/setup/later.ts";
import type { ServiceAnswer, ServiceOrder } from "../../../src/appliance/setup/service-side.ts";
import { setUp } from "../../../src/appliance/setup/setup.ts";
import { formatProblem } from "../../../src/pipeline/problem.ts";
import { testBoxes } from "./box.fixture.ts";

const newBox = testBoxes();
const FILE = 'pipeline = "needs-more"\nplugins = [\n"https://x.org/a.zip?key=hunter2",\n"https://x.org/b.zip",\n]\n';
const LINES = [
  "the plugin from https://x.org/a.zip, once there is a network",
  "the plugin from https://x.org/b.zip, once there is a network",
];
const PIPELINE = "the pipeline needs-more, which may need what is still to come";

/** `states`: what becomes of each plugin. */
function answering(states: { [address: string]: "unreachable" | "broken" | "fine" }) {
  return ({ plugins, pipeline }: ServiceOrder): ServiceAnswer[] => {
    const answers = plugins.map((source, index): ServiceAnswer => {
      const state = states[source];
      if (state === "fine") return { part: "plugin", index, done: `installed ${index}`, problems: [] };
      return { part: "plugin", index, problems: [{ message: `${state}` }], again: state === "unreachable" };
    });
    const isFine = Object.values(states).every((it) => it === "fine");
    const last: ServiceAnswer = isFine
      ? { part: "pipeline", done: "the pipeline runs", problems: [] }
      : { part: "pipeline", problems: [{ file: "needs-more.yaml", line: 7, message: "no such stage" }] };
    return pipeline ? [...answers, last] : answers;
  };
}

const A = "https://x.org/a.zip?key=hunter2";
const B = "https://x.org/b.zip";

test("plugins from the web, and the pipeline that needs them, come when there is a network", async () => {
  const states: Record<string, "unreachable" | "broken" | "fine"> = { [A]: "unreachable", [B]: "unreachable" };
  const box = newBox((order) => answering(states)(order));
  box.write("stagebox.toml", FILE);
  expect(await setUp(box)).toMatchObject({ problems: [], pending: [...LINES, PIPELINE] });
  expect(box.orders).toEqual([{ plugins: [], pipeline: { name: "needs-more" } }]);
  const later = join(box.places.setup, "later.json");
  expect(existsSync(later)).toBe(true);

  expect(await doLater(box)).toMatchObject({ problems: [], pending: [...LINES, PIPELINE] });
  states[A] = "fine";
  expect(await doLater(box)).toMatchObject({ done: ["installed 0"], problems: [], pending: [LINES[1], PIPELINE] });
  states[B] = "fine";
  expect(await doLater(box)).toMatchObject({ done: ["installed 0", "installed 0", "the pipeline runs"], pending: [] });
  expect(existsSync(later)).toBe(false);
  expect(await doLater(box)).toBeUndefined();
  const status = box.read("boot/firmware/stagebox-status.txt");
  expect(status).toContain("the pipeline runs");
  expect(status).not.toContain("Still to come");
  expect(status).not.toContain("hunter2");
});

test("a plugin that takes too long keeps none of the others away", async () => {
  const box = newBox((order) => {
    if (order.plugins.includes(A)) throw new Error("the service's user came to exit code 143");
    return answering({ [A]: "unreachable", [B]: "fine" })(order);
  });
  box.write("stagebox.toml", FILE);
  await setUp(box);
  for (let time = 0; time < 2; time++)
    expect(await doLater(box)).toMatchObject({ done: ["installed 0"], problems: [], pending: [LINES[0], PIPELINE] });
  expect(box.orders.filter(({ plugins }) => plugins.includes(B))).toHaveLength(1);
});

test("what was fetched and is no good is not fetched again", async () => {
  const box = newBox(answering({ [A]: "broken", [B]: "fine" }));
  box.write("stagebox.toml", FILE);
  await setUp(box);
  const report = await doLater(box);
  expect(report?.pending).toEqual([]);
  expect(report?.problems.map(formatProblem)).toEqual([
    "stagebox.toml:3:1: broken",
    "needs-more.yaml:7: no such stage",
  ]);
  expect(await doLater(box)).toBeUndefined();
});

test("a file without them takes the rest of the wishes back", async () => {
  const box = newBox(answering({ [A]: "unreachable", [B]: "unreachable" }));
  box.write("stagebox.toml", FILE);
  await setUp(box);
  box.write("stagebox.toml", 'hostname = "lab"\n');
  await setUp(box);
  expect(await doLater(box)).toBeUndefined();
});
