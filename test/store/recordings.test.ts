// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import { existsSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { NameError } from "../../src/store/folder.ts";
import { summariseRecording } from "../../src/store/recording-summary.ts";
import { InUseError, RecordingStore } from "../../src/store/recordings.ts";
import { temporaryFolders } from "./temporary-folder.ts";

const temporaryFolder = temporaryFolders();

const CSV = `time_s,O1 (uV),O2 (uV)\n${Array.from({ length: 500 }, (_, i) => `${i / 250},${i},${-i}\n`).join("")}`;

function newStore(open = "") {
  const folder = temporaryFolder();
  let summaries = 0;
  const store = new RecordingStore(folder.recordings, {
    summarise: (path) => {
      summaries++;
      return summariseRecording(path);
    },
    isBeingWritten: (path) => path === join(folder.recordings, open),
  });
  const write = (name: string, text: string, age_s = 0) => {
    const path = join(folder.recordings, name);
    writeFileSync(path, text);
    utimesSync(path, 1e9 - age_s, 1e9 - age_s);
  };
  return { folder, store, write, count: () => summaries };
}

test("says what headers say, newest first, and why it cannot", async () => {
  const { store, write, folder } = newStore();
  write("a.csv", CSV, 60);
  write("b.edf", "this is no EDF");
  write(".hidden", "x");
  mkdirSync(join(folder.recordings, "day"));
  const [b, a, ...rest] = await store.list();
  expect(rest).toEqual([]);
  expect(a).toMatchObject({
    name: "a.csv",
    bytes: CSV.length,
    open: false,
    format: "CSV",
    rate_hz: 250,
    frames: 500,
    duration_s: 2,
  });
  expect(a?.channels?.map(({ name }) => name)).toEqual(["O1", "O2"]);
  expect(b).toMatchObject({ name: "b.edf" });
  expect(b?.problem).toBeString();
  expect(b?.problem).not.toContain(folder.path);
});

test("reads a header again only when the file has changed", async () => {
  const { store, write, count } = newStore();
  write("a.csv", CSV);
  await store.list();
  await store.list();
  store.get("a.csv");
  expect(count()).toBe(1);
  write("a.csv", `${CSV}2,0,0\n`);
  expect(store.get("a.csv")?.frames).toBe(501);
  expect(count()).toBe(2);
});

test("deletes, but not what is being written", async () => {
  const { store, write, folder } = newStore("now.csv");
  write("now.csv", CSV);
  write("old.csv", CSV);
  expect(store.get("now.csv")).toMatchObject({ open: true, bytes: CSV.length });
  expect(store.get("now.csv")?.format).toBeUndefined(); // its header is not settled yet
  await expect(store.delete("now.csv")).rejects.toThrow(InUseError);
  expect(await store.delete("old.csv")).toBe(true);
  expect(existsSync(join(folder.recordings, "old.csv"))).toBe(false);
  expect(await store.delete("old.csv")).toBe(false);
});

test("refuses names that lead elsewhere", async () => {
  const { store, folder } = newStore();
  writeFileSync(folder.file("secret"), "x");
  symlinkSync(folder.file("secret"), join(folder.recordings, "link"));
  for (const name of ["../secret", "..", "/etc/passwd", "a/b", "a\\b", ".x", "", "a\0", "link"])
    expect(() => store.get(name)).toThrow(NameError);
  expect(await store.list()).toEqual([]);
});

test("a long text file is listed, not read to its end", () => {
  const { store, write } = newStore();
  write("long.csv", "time_s,O1\n".padEnd(5_000_000, "0,0\n"));
  expect(store.get("long.csv")).toMatchObject({ bytes: 5_000_000, problem: expect.stringContaining("long text file") });
});
