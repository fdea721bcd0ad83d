// SPDX-License-Identifier: Apache-2.0
//
// Plugins in Python and TypeScript work on a project: they read, write, mark, record and edit, as far as they may.
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse as parseToml } from "smol-toml";
import { openRecording } from "../../src/formats/open.ts";
import { until } from "../system/service.ts";
import { ALL, asker, ProjectBox } from "./project.fixture.ts";

let box: ProjectBox;
/** One for all requests that are refused. */
let hostile: ProjectBox | undefined;
afterEach(() => box?.close(), 30_000);
afterAll(() => hostile?.close(), 30_000);

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
      stages: [
        { id: "filter" },
        { id: "notch", from: "filter", params: { freq_hz: 50 } },
        { id: "psd", from: "notch" },
      ],
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

  test("exports a recording into the project, and is told when it is there", async () => {
    box = await ProjectBox.open(asker(kind));
    const ask = (name: string, request?: object) => box.ask(id, name, request);
    await ask("start_pipeline", { name: "busy" });
    await ask("start_recording", { name: "trial" });
    const file = ((await ask("project")).answer.pipeline.recording as string[])[0] ?? "";
    expect((await ask("export", { recording: file, format: "csv" })).words).toContain(`${file} is being written`);
    await until("a second and more", () => (box.plugins.box.supervisor.telemetry().sinks[0]?.frames ?? 0) > 400);
    await ask("mark", { label: "end" });
    await ask("stop_recording");
    const exported = (await ask("export", { recording: file, format: "csv" })).answer;
    expect(exported).toEqual({ job: 1, file: `exports/${file.replace("bdf", "csv")}` });
    const part = (await ask("export", { recording: file, format: "edf", to: "part.edf", duration_s: 1 })).answer;
    expect(part).toEqual({ job: 2, file: "part.edf" });
    await until("both", () => box.plugins.data("ExportDone").length === 2);
    const [whole, short] = box.plugins.data("ExportDone");
    expect(whole).toMatchObject({ job: 1, recording: file, by: `plugin ${id}`, clipped: 0, bytes: expect.any(Number) });
    expect(short).toMatchObject({ job: 2, duration_s: 1, file: "part.edf" });
    const [before, after] = [join(box.folder.recordings, file), join(box.folder.project, exported.file)].map((path) => {
      const reader = openRecording(path);
      const first = new Float32Array(300 * 3);
      reader.read(0, 300, first);
      reader.close();
      return { frames: reader.frames, channels: reader.channels, first };
    });
    expect(after).toEqual(before as typeof after);
    const gone = (await ask("export", { recording: file, format: "wav", to: "x.wav", start_s: 1000 })).answer;
    await until("words", () => box.plugins.data("ExportDone").length === 3);
    const { job, problem } = box.plugins.data("ExportDone")[2] as { job: number; problem: string };
    expect([job, problem]).toEqual([gone.job, expect.stringContaining(`${file}: has nothing there: it holds`)]);
    expect(box.files.list().map(({ path }) => path)).toEqual([exported.file, "part.edf"]);
  }, 60_000);
});

test.each<[string, unknown, string]>([
  ["nothing", {}, "snake may not call stagebox.nothing"],
  ["project", { more: 1 }, 'the request to stagebox.project does not fit: it has "more"'],
  ["read_file", {}, 'lacks "path"'],
  ["read_file", { path: "/etc/passwd" }, "is an absolute path"],
  ["read_file", { path: "a", offset: -1 }, "/offset must be at least 0"],
  ["read_file", { path: "a", offset: 2 ** 60 }, 'has no file "a"'],
  ["write_file", { path: "a", content: "%%", encoding: "base64" }, "content is no base64"],
  ["write_file", { path: ".a", content: "" }, "is hidden or leads out"],
  ["write_file", { path: "x/".repeat(20), content: "" }, "more than 8 folders deep"],
  ["mark", { label: "x".repeat(56) }, "/label must have at most 55 characters"],
  ["mark", { label: "\u0007" }, "control character"],
  ["mark", { label: "ä".repeat(50) }, "label has 100 bytes"],
  ["start_recording", { format: "mp3" }, '/format must be one of "bdf"'],
  ["start_recording", { from: "nowhere" }, "nowhere"],
  [
    "edit_graph",
    { actions: [{ action: "insert", after: "filtr", stage: { type: "notsh" } }, { action: "blow" }] },
    "blow",
  ],
  ["edit_graph", { actions: [{ action: "remove", id: "filtr" }], if_revision: 9 }, "is at revision 1, not 9"],
  ["edit_graph", { actions: [{ action: "set", id: "filter", params: { gain_db: "loud" } }] }, "/0/params/gain_db"],
  ["edit_graph", { actions: [] }, "/actions must have at least 1 items"],
  ["start_pipeline", { name: "../busy" }, "cannot name a pipeline"],
  ["start_pipeline", { name: "busy", input: "/etc/passwd" }, "/source/params/file"],
  ["export", { recording: "../tokens.json", format: "csv" }, "is a path"],
  ["export", { recording: "a.bdf", format: "csv" }, 'there is no recording "a.bdf"'],
])(
  "stagebox.%s with %j is refused in words, and nothing changes",
  async (name, request, words) => {
    hostile ??= await ProjectBox.open(asker("python"));
    if (!hostile.plugins.box.supervisor.graph()) await hostile.ask("snake", "start_pipeline", { name: "busy" });
    const before = hostile.plugins.box.supervisor.graph();
    expect((await hostile.ask("snake", name, request)).words).toContain(words);
    expect(hostile.plugins.box.supervisor.graph()).toEqual(before);
    expect(hostile.files.list()).toEqual([]);
  },
  60_000,
);

test("what was not granted is refused, and its name and remedy told", async () => {
  box = await ProjectBox.open(asker("script", ["stagebox.project"]));
  expect((await box.ask("typist", "project")).answer.state).toBe("stopped");
  for (const name of ALL.filter((it) => it !== "stagebox.project"))
    expect((await box.ask("typist", name.replace("stagebox.", ""))).words).toContain(
      `typist may not call ${name}: plugin.toml has to ask for it (services under [permissions]), and an operator to grant it: --grant services=${name}`,
    );
  expect(box.audit.list()).toEqual([]);
}, 30_000);

test("who changed something is in the audit log with who allowed it, a flood as one row", async () => {
  box = await ProjectBox.open(asker("script"));
  const after = ["+ services stagebox.mark", "+ services stagebox.write_file"];
  box.audit.record({ by: { name: "anna", role: "admin" }, what: "grant", subject: "typist", after });
  const write = (content: string) => box.ask("typist", "write_file", { path: "a.txt", content });
  await write("one");
  await box.ask("typist", "read_file", { path: "a.txt" });
  const said = await Promise.all(Array.from({ length: 60 }, (_, n) => write(`${n}`)));
  const refused = said.filter(({ words }) => words?.includes("is asked too often")).length;
  expect(refused).toBeGreaterThan(0);
  expect(refused).toBeLessThan(60);
  await box.plugins.bus.call(
    "stagebox",
    "write_file",
    { path: "b.txt", content: "" },
    { name: "otto", role: "operator" },
  );
  box.services.close();
  const request = { path: "a.txt", characters: 3 };
  const last = { path: "a.txt", characters: expect.any(Number) };
  expect(box.audit.list({ what: "stagebox.write_file" }).toReversed()).toMatchObject([
    { who: "typist", role: "plugin", subject: "typist", after: { request, granted_by: "anna" } },
    { who: "otto", role: "operator", subject: "stagebox", after: { request: { path: "b.txt" } } },
    { who: "typist", after: { request: { times: 60 - refused, last }, granted_by: "anna" } },
  ]);
}, 30_000);

describe("the page on plugins", () => {
  const page = readFileSync(join(import.meta.dir, "../../plugins/README.md"), "utf8");
  const section = page.slice(page.indexOf("## The project"), page.indexOf("## What it may do"));
  const block = (language: string) => new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(section)?.[1] ?? "";

  test("has an example that works", async () => {
    box = await ProjectBox.open(
      { id: "trials", kind: "python", code: block("python"), manifest: parseToml(block("toml")) },
      asker("script"),
    );
    await box.ask("typist", "start_pipeline", { name: "busy" });
    await box.plugins.bus.call("trials", "trial", { subject: "S01" });
    await until("some of it", () => (box.plugins.box.supervisor.telemetry().sinks[0]?.frames ?? 0) > 100);
    const { file } = (await box.plugins.bus.call("trials", "done", {})) as { file: string };
    await until("what it says", () => box.plugins.log("trials").includes(file));
    expect(box.files.list().map(({ path }) => path)).toEqual([file]);
  }, 30_000);

  test("names each service, all that it is given and answers, and whose it is", async () => {
    box = await ProjectBox.open();
    const rows = [...section.matchAll(/^\| `(\w+)` \|([^|]*)\|([^|]*)\| (\w+) \|$/gm)];
    expect(rows.map((row) => [row[1], row[4]]).sort()).toEqual(
      box.services
        .list()
        .map((it) => [it.name, it.role])
        .sort(),
    );
    for (const { name, request, answer } of box.services.list()) {
      const [, , asked = "", answered = ""] = rows.find((row) => row[1] === name) ?? [];
      for (const key of Object.keys(request.properties ?? {})) expect(`${name}: ${asked}`).toContain(`\`${key}\``);
      for (const key of request.required ?? []) expect(`${name}: ${asked}`).toContain(`**\`${key}\`**`);
      for (const key of Object.keys(answer.properties ?? {})) expect(`${name}: ${answered}`).toContain(`\`${key}\``);
    }
    expect(
      box.services
        .list()
        .map((it) => `stagebox.${it.name}`)
        .sort(),
    ).toEqual(ALL.toSorted());
  });
});
