// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { SafeMode } from "../../../src/appliance/safe-mode/safe-mode.ts";
import type { DataFolder } from "../../../src/store/folder.ts";
import { temporaryFolders } from "../../store/temporary-folder.ts";

const temporaryFolder = temporaryFolders();
const SHA = "a".repeat(64);

const file = (folder: DataFolder) => folder.file("starts.json");
const stored = (folder: DataFolder) => JSON.parse(readFileSync(file(folder), "utf8"));
const begin = (folder: DataFolder, notes: string[] = []) => SafeMode.begin(folder, (note) => notes.push(note));

/** Starts that drop breadcrumbs and are never heard of again. */
async function crash(folder: DataFolder, times: number, drop: (box: SafeMode) => void = () => {}): Promise<void> {
  for (let time = 0; time < times; time++) drop(await begin(folder));
}

test("a start is noted before anything happens, and forgotten when it ends as it should", async () => {
  const folder = temporaryFolder();
  const box = await begin(folder);
  expect(stored(folder).starts).toHaveLength(1);
  expect(statSync(file(folder)).mode & 0o777).toBe(0o600);
  box.end();
  expect(stored(folder).starts).toEqual([]);
  expect(box.measures).toBeUndefined();
});

test("breadcrumbs follow a plugin and a pipeline on their way, and end with the start", async () => {
  const folder = temporaryFolder();
  const box = await begin(folder);
  const crumbs = () =>
    stored(folder).starts[0].doing.map(({ kind, name }: Record<string, string>) => `${kind} ${name}`);
  box.doing("opening", "gain", SHA);
  box.doing("opening", "tone", SHA);
  box.doing("in-process", "gain", SHA);
  box.doing("starting", "alpha");
  expect(crumbs()).toEqual(["opening tone", "in-process gain", "starting alpha"]);
  box.doing("running", "alpha");
  box.done("in-process", "tone");
  box.doing("starting", "beta");
  box.done("running", "alpha");
  expect(crumbs()).toEqual(["in-process gain", "starting beta"]);
  box.end();
  box.doing("opening", "late", SHA);
  expect(stored(folder).starts).toEqual([]);
});

test("the fourth start in a row does without what the three before it were doing", async () => {
  const folder = temporaryFolder();
  await crash(folder, 3, (box) => box.doing("opening", "guilty", SHA));
  const box = await begin(folder);
  expect(box.isFresh).toBe(true);
  expect(box.measures?.quarantined).toEqual([{ id: "guilty", sha256: SHA }]);
  box.end();
  const next = await begin(folder);
  expect([next.isFresh, next.measures]).toEqual([false, box.measures]);
});

test("one that ends as it should in between does not make them fewer, and is none itself", async () => {
  const folder = temporaryFolder();
  const drop = (box: SafeMode) => box.doing("opening", "guilty", SHA);
  await crash(folder, 2, drop);
  (await begin(folder)).end();
  expect((await begin(folder)).measures).toBeUndefined();
  expect((await begin(folder)).measures).toBeDefined();
});

test("a start that has done its work for ten minutes makes no loop with those before it", async () => {
  const folder = temporaryFolder();
  await crash(folder, 2, (box) => box.doing("running", "alpha"));
  let now_ms = 0;
  const box = await SafeMode.begin(
    folder,
    () => {},
    () => now_ms,
  );
  box.doing("running", "alpha");
  now_ms = 599_000;
  box.isWell();
  expect(stored(folder).starts).toHaveLength(3);
  now_ms = 600_000;
  box.isWell();
  expect(stored(folder).starts).toHaveLength(1);
  const { ino } = statSync(file(folder));
  box.isWell();
  expect(statSync(file(folder)).ino).toBe(ino);
  box.doing("running", "beta");
  expect(stored(folder).starts[0].doing).toEqual([{ kind: "running", name: "beta" }]);
  await crash(folder, 1, (it) => it.doing("running", "beta"));
  expect((await begin(folder)).measures).toBeUndefined();
  expect((await begin(folder)).measures).toBeDefined();
});

test("a loop within safe mode leads further, and its starts are counted anew", async () => {
  const folder = temporaryFolder();
  await crash(folder, 3, (box) => box.doing("running", "alpha"));
  const first = await begin(folder);
  expect(first.measures).toMatchObject({ pipeline: "default", isolated: false });
  first.doing("running", "default");
  await crash(folder, 2, (box) => box.doing("running", "default"));
  expect((await begin(folder)).measures).toMatchObject({ pipeline: "none" });
});

test("it is over when somebody leaves it, or has dealt with each of its measures", async () => {
  const folder = temporaryFolder();
  await crash(folder, 3, (box) => box.doing("opening", "guilty", SHA));
  const box = await begin(folder);
  box.pardoned({ id: "guilty", sha256: "b".repeat(64) });
  expect(box.measures).toBeDefined();
  box.pardoned({ id: "guilty", sha256: SHA });
  expect([box.measures, stored(folder).safe_mode]).toEqual([undefined, undefined]);
  box.end();

  await crash(folder, 3, (it) => it.doing("running", "alpha"));
  const second = await begin(folder);
  second.keptPipeline("alpha-before-safe-mode");
  expect(stored(folder).safe_mode.kept).toBe("alpha-before-safe-mode");
  second.pipelineChosen();
  expect(second.measures).toBeUndefined();
  second.end();

  await crash(folder, 3);
  const third = await begin(folder);
  const measures = third.measures;
  expect([third.leave(), third.leave(), third.measures]).toEqual([measures, undefined, undefined]);
  third.end();
  expect((await begin(folder)).measures).toBeUndefined();
});

test.each([
  ["cut off", '{ "starts": [{ "time": "20'],
  ["of another shape", '{ "starts": [{ "doing": "nothing" }] }'],
  ["with measures that are none", '{ "starts": [], "safe_mode": { "pipeline": "rm -rf" } }'],
])("a file that is %s is set aside, and the box starts", async (_, text) => {
  const folder = temporaryFolder();
  writeFileSync(file(folder), text);
  const notes: string[] = [];
  expect((await begin(folder, notes)).measures).toBeUndefined();
  expect(notes.join()).toContain("starts.json.unreadable");
  expect(stored(folder).starts).toHaveLength(1);
});

test("a file that cannot be read, nor set aside, is a note", async () => {
  const folder = temporaryFolder();
  mkdirSync(file(folder));
  const notes: string[] = [];
  const box = await begin(folder, notes);
  expect(notes.join()).toMatch(/starts.json cannot be read.*could not be written/s);
  box.doing("running", "alpha");
  box.end();
});

test("a file that cannot be written is a note", async () => {
  const folder = temporaryFolder();
  const notes: string[] = [];
  const box = await begin(folder, notes);
  Object.assign(box, { path: "/proc/nowhere/starts.json" });
  box.doing("running", "alpha");
  expect(notes.join()).toContain("could not be written");
});
