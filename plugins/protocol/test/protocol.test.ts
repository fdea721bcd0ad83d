// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import { join } from "node:path";
import { type MainOptions, type OpenMain, openMain } from "stagebox/test";
import manifest from "../plugin.toml";

const file = join(import.meta.dir, "../main.ts");

/** Opened with a box that records, and what of it happens in order. */
async function opened(config: Record<string, unknown>): Promise<{ main: OpenMain; ended: Promise<void> }> {
  const done = Promise.withResolvers<void>();
  const services: NonNullable<MainOptions["services"]> = {
    "stagebox.start_recording": () => ({ sink: "recorder", file: "protocol_1.bdf" }),
    "stagebox.stop_recording": () => ({ file: "protocol_1.bdf", bytes: 1000, duration_s: 0.4 }),
    "stagebox.mark": () => ({}),
    "stagebox.write_file": ({ path }) => {
      done.resolve();
      return { path, bytes: 1, modified: "" };
    },
  };
  return { main: await openMain(file, { manifest, config, services }), ended: done.promise };
}

const report = (main: OpenMain) =>
  JSON.parse(main.calls.find(({ service }) => service.endsWith("write_file"))?.request.content);
const called = (main: OpenMain) => main.calls.map(({ service }) => service.replace("stagebox.", ""));

test("a session records, marks each phase, and writes its report", async () => {
  const { main, ended } = await opened({ phases: ["rest", "move"], durations_s: [0.1, 0.1], rounds: 2 });
  expect(await main.ask("start", {})).toEqual({ file: "protocol_1.bdf" });
  await ended;
  expect(called(main)).toEqual(["start_recording", "mark", "mark", "mark", "mark", "stop_recording", "write_file"]);
  expect(main.published.map(({ data }) => [data.label, data.number, data.of])).toEqual([
    ["rest", 1, 4],
    ["move", 2, 4],
    ["rest", 3, 4],
    ["move", 4, 4],
    ["", 4, 4],
  ]);
  expect(report(main)).toMatchObject({ how: "complete", duration_s: 0.4, file: "protocol_1.bdf" });
  expect(report(main).phases.map(({ label }: { label: string }) => label)).toEqual(["rest", "move", "rest", "move"]);
});

test("a marker begins it, once, and somebody may end it before its time", async () => {
  const { main } = await opened({ start_on: "go" });
  await main.happens("Marker", { label: "other" });
  expect(main.calls).toEqual([]);
  await main.happens("Marker", { label: "go" });
  await main.happens("Marker", { label: "go" });
  expect(await main.ask("stop", {})).toEqual({ report: "protocol/protocol_1.json" });
  expect(called(main)).toEqual(["start_recording", "mark", "stop_recording", "write_file"]);
  await expect(main.ask("stop", {})).rejects.toThrow("there is no session");
});

test("where the pipeline stops there is nothing left to end, and the report says so", async () => {
  const { main, ended } = await opened({});
  await main.ask("start", {});
  await expect(main.ask("start", {})).rejects.toThrow("a session is under way, in protocol_1.bdf");
  await main.happens("PipelineStopped");
  await ended;
  expect(called(main)).toEqual(["start_recording", "mark", "write_file"]);
  expect(report(main)).toMatchObject({ how: "pipeline stopped", phases: [{ label: "baseline" }] });
});

test("settings that do not go together are refused in words", async () => {
  await expect(opened({ durations_s: [1] })).rejects.toThrow("there are 3 phases and 1 durations_s");
});
