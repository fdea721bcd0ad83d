// SPDX-License-Identifier: Apache-2.0
import { afterAll, afterEach, expect, spyOn, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NativeSession } from "../../src/native/session.ts";
import { parse } from "../../src/pipeline/parse.ts";
import type { Pipeline } from "../../src/pipeline/pipeline.ts";
import { ProblemsError } from "../../src/pipeline/problem.ts";
import { validate } from "../../src/pipeline/validate.ts";
import { BusyError, type StreamListener } from "../../src/runtime/box.ts";
import { loadCatalog } from "../../src/runtime/catalog.ts";
import { EventBus } from "../../src/runtime/events.ts";
import { Supervisor } from "../../src/runtime/supervisor.ts";

const folder = mkdtempSync(join(tmpdir(), "stagebox-supervisor-"));
const catalog = loadCatalog();
const events = new EventBus();
const box = new Supervisor({
  ...{ catalog, events, recordings_folder: folder },
  resolveFile: (file) => join(folder, file),
  onChange() {},
});
afterEach(() => box.stop());
afterAll(() => rmSync(folder, { recursive: true }));

const PLAIN = pipeline("source: { id: board, type: synthetic }\nstages:\n  - { id: gain, type: gain }");

function pipeline(rest: string): Pipeline {
  return validate(parse(`schema: 1\nname: test\n${rest}\n`, "test.yaml"), catalog);
}

const deaf: StreamListener = { onFormat() {}, onPacket() {}, onEnd() {} };

test("a graph that never gets its work done cannot be changed, but can be stopped", async () => {
  await box.start(PLAIN);
  const swap = spyOn(NativeSession.prototype, "swap").mockReturnValue(false);
  let time = performance.now();
  const clock = spyOn(performance, "now").mockImplementation(() => (time += 1000));
  try {
    const patch = box.patch([{ action: "insert", after: "gain", stage: { type: "nop" } }]);
    expect(await patch.catch((error) => error)).toBeInstanceOf(BusyError);
    expect(box.graph()?.stages.map(({ id }) => id)).toEqual(["gain"]);
    await box.stop();
    expect(box.graph()).toBeUndefined();
  } finally {
    swap.mockRestore();
    clock.mockRestore();
  }
});

test("more markers than a block can hold are refused for the moment", async () => {
  await box.start(PLAIN);
  const marks = () => Array.from({ length: 10_000 }, (_, index) => box.mark(`m${index}`));
  expect(marks).toThrow(BusyError);
});

test("what is wrong with a recording is told without saying where it lies", async () => {
  writeFileSync(join(folder, "broken.edf"), "0       nothing");
  const start = box.start(pipeline("source: { type: replay, params: { file: broken.edf } }"));
  const error = await start.catch((it) => it);
  expect(error).toBeInstanceOf(ProblemsError);
  const [problem] = (error as ProblemsError).problems;
  expect(problem).toMatchObject({ field: "/source/params/file", message: expect.stringMatching(/^broken\.edf: /) });
  expect(JSON.stringify(error.problems)).not.toContain(folder);
});

test("a stream that was renamed while it was heard is dropped like any other", async () => {
  await box.start(PLAIN);
  const timers = spyOn(globalThis, "setTimeout");
  const leave = await box.listen("gain", deaf);
  await box.patch([{ action: "rename", id: "gain", to: "louder" }]);
  const revision = box.graph()?.revision;
  leave();
  const [forget] = timers.mock.calls.find(([, delay]) => delay === 5000) ?? [];
  timers.mockRestore();
  const swap = spyOn(NativeSession.prototype, "swap");
  (forget as () => void)();
  await box.patch([{ action: "set", id: "louder", params: {} }], { dry_run: true }); // has its turn after it
  expect(swap).toHaveBeenCalledTimes(1);
  swap.mockRestore();
  expect(box.graph()?.revision).toBe(revision);
});
