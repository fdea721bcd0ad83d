// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { writeAtomic, writeAtomicSync } from "../../src/store/atomic-file.ts";
import { temporaryFolders } from "./temporary-folder.ts";

const temporaryFolder = temporaryFolders();

test("a reader finds the old content or the new, whole, and nothing is left over", async () => {
  const folder = temporaryFolder();
  const path = folder.file("x");
  const [a, b] = ["a".repeat(1e6), "b".repeat(1e6)];
  await writeAtomic(path, a);
  let isWriting = true;
  const writes = (async () => {
    for (let i = 0; i < 10; i++) await writeAtomic(path, i % 2 ? a : b);
    isWriting = false;
  })();
  while (isWriting) {
    expect([a, b]).toContain(readFileSync(path, "utf8"));
    await Bun.sleep(0);
  }
  await writes;
  expect(readdirSync(folder.path)).toEqual(["x"]);
});

test("what cannot be written leaves no trace", async () => {
  const folder = temporaryFolder();
  folder.recordings;
  await expect(writeAtomic(`${folder.path}/recordings`, "x")).rejects.toThrow();
  expect(readdirSync(folder.path)).toEqual(["recordings"]);
});

test("at once it is the same: whole, without a trace where it fails", () => {
  const folder = temporaryFolder();
  for (const durable of [true, false]) writeAtomicSync(folder.file("x"), `${durable}`, { durable, mode: 0o600 });
  expect([readFileSync(folder.file("x"), "utf8"), statSync(folder.file("x")).mode & 0o777]).toEqual(["false", 0o600]);
  folder.recordings;
  expect(() => writeAtomicSync(`${folder.path}/recordings`, "x")).toThrow();
  expect(readdirSync(folder.path).sort()).toEqual(["recordings", "x"]);
});

test("the mode holds from the first byte on", async () => {
  const path = temporaryFolder().file("secret");
  await writeAtomic(path, "x", 0o600);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});
