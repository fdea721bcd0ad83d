// SPDX-License-Identifier: Apache-2.0
//
// Plugins in Python and TypeScript work on a project: they read, write, mark, record and edit, as far as they may.
import { afterEach, describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openRecording } from "../../src/formats/open.ts";
import { until } from "../system/service.ts";
import { asker, ProjectBox } from "./project.fixture.ts";

let box: ProjectBox;
afterEach(() => box?.close(), 30_000);

describe.each([
  ["python", "snake"],
  ["script", "typist"],
] as const)("a plugin in %s", (kind, id) => {
  test("starts a pipeline, records it, marks it, edits it and stops it", async () => {
    box = await ProjectBox.open(asker(kind));
    const ask = (name: string, request?: object) => box.ask(id, name, request);
    expect((await ask("project")).answer).toMatchObject({ state: "stopped", recordings: 0, version: "1.2.3" });
    expect((await ask("mark", { label: "early" })).words).toContain("no pipeline is running");
    expect((await ask("start_pipeline", { name: "busi" })).words).toContain('did you mean "busy"?');
    const started = await ask("start_pipeline", { name: "busy", source: { rate_hz: 500 } });
    expect(started.answer).toEqual({ name: "busy", revision: 1 });
    const recording = (await ask("start_recording", { format: "csv", name: "trial 1", from: "board" })).answer;
    expect(recording).toEqual({ sink: "recorder", file: expect.stringMatching(/^trial-1-\d{8}-\d{6}\.csv$/) });
    expect((await ask("project")).answer).toMatchObject({
      state: "running",
      pipeline: {
        name: "busy",
        source: { id: "board", type: "synthetic", rate_hz: 500, channels: Array(3).fill(expect.any(String)) },
        recording: [recording.file],
      },
    });
    expect((await ask("recordings")).answer.recordings).toMatchObject([{ name: recording.file, open: true }]);
    expect(await ask("mark", { label: "stimulus", duration_s: 0.5 })).toEqual({ answer: {} });
    const insert = { action: "insert", after: "filter", stage: { type: "notch", params: { freq_hz: 50 } } };
    expect((await ask("edit_graph", { actions: [insert], dry_run: true })).answer).toEqual({ revision: 2, reset: [] });
    expect((await ask("edit_graph", { actions: [insert], if_revision: 2 })).answer).toEqual({ revision: 3, reset: [] });
    expect((await ask("graph")).answer).toMatchObject({
      stages: [{ id: "filter" }, { id: "notch", from: "filter", params: { freq_hz: 50 } }],
      yaml: expect.stringContaining("type: notch"),
    });
    expect(box.plugins.data("StageOp").map(({ by }) => by)).toEqual([`plugin ${id}`, `plugin ${id}`]);
    await until("half a second", () => (box.plugins.box.supervisor.telemetry().sinks[0]?.frames ?? 0) > 250);
    const stopped = (await ask("stop_recording")).answer;
    expect(stopped).toEqual({ file: recording.file, bytes: expect.any(Number), duration_s: expect.any(Number) });
    const reader = openRecording(join(box.folder.recordings, recording.file));
    expect(reader.annotations.find(({ text }) => text === "stimulus")?.duration_s).toBe(0.5);
    expect(stopped.duration_s).toBeCloseTo(reader.frames / 500, 3);
    reader.close();
    expect((await ask("recordings")).answer.recordings).toMatchObject([{ format: "CSV", channels: 3, rate_hz: 500 }]);
    expect((await ask("stop_recording")).words).toContain("nothing is being recorded");
    expect((await ask("restart_source")).answer).toEqual({ name: "busy", revision: 5 });
    expect(await ask("stop_pipeline")).toEqual({ answer: {} });
    expect(box.plugins.box.supervisor.graph()).toBeUndefined();
  }, 60_000);

  test("writes, reads, lists and deletes files of the project", async () => {
    box = await ProjectBox.open(asker(kind));
    const ask = (name: string, request?: object) => box.ask(id, name, request);
    const content = "Messung 1\nα = 10 µV\n";
    const path = "reports/monday.txt";
    const written = (await ask("write_file", { path, content })).answer;
    expect(written).toEqual({ path, bytes: Buffer.byteLength(content), modified: expect.any(String) });
    expect(readFileSync(join(box.folder.project, path), "utf8")).toBe(content);
    await ask("write_file", { path, content: "more\n", append: true });
    expect((await ask("read_file", { path })).answer).toMatchObject({ content: `${content}more\n`, bytes: 27 });
    await ask("write_file", {
      path: "a.bin",
      content: Buffer.from([0, 255, 128]).toString("base64"),
      encoding: "base64",
    });
    expect((await ask("read_file", { path: "a.bin" })).words).toContain("is no text in UTF-8");
    expect((await ask("read_file", { path: "a.bin", encoding: "base64", offset: 1 })).answer.content).toBe("/4A=");
    expect((await ask("list_files")).answer).toMatchObject({ files: [{ path: "a.bin", bytes: 3 }, { path }] });
    expect((await ask("list_files", { folder: "reports" })).answer.files).toMatchObject([{ path }]);
    expect(await ask("delete_file", { path })).toEqual({ answer: {} });
    expect(existsSync(join(box.folder.project, "reports"))).toBe(false);
    expect((await ask("delete_file", { path })).words).toContain(`the project has no file "${path}"`);
    expect((await ask("read_file", { path: "../stagebox.toml" })).words).toContain("leads out of the folder");
  }, 60_000);
});
