// SPDX-License-Identifier: Apache-2.0
import { expect, spyOn, test } from "bun:test";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { JsonFile } from "../../src/store/json-file.ts";
import { LastStateFile } from "../../src/store/last-state.ts";
import { temporaryFolders } from "./temporary-folder.ts";

const temporaryFolder = temporaryFolders();

const STATE = { pipeline: "schema: 1\n", running: true };

test("is read back, and absent at the first start", async () => {
  const folder = temporaryFolder();
  const file = new LastStateFile(folder, () => {});
  expect(await file.read()).toBeUndefined();
  await file.write(STATE);
  expect(await new LastStateFile(folder, () => {}).read()).toEqual(STATE);
});

test("the same state is not written again", async () => {
  const folder = temporaryFolder();
  const file = new LastStateFile(folder, () => {});
  await file.write(STATE);
  rmSync(folder.file("state.json"));
  await file.write({ ...STATE });
  expect(existsSync(folder.file("state.json"))).toBe(false);
  await file.write({ ...STATE, running: false });
  expect(existsSync(folder.file("state.json"))).toBe(true);
});

test("writes in quick succession end with the latest", async () => {
  const folder = temporaryFolder();
  const file = new LastStateFile(folder, () => {});
  await Promise.all(Array.from({ length: 20 }, (_, i) => file.write({ pipeline: `${i}`, running: true })));
  expect((await file.read())?.pipeline).toBe("19");
});

test.each(["", "{", "null", '{"pipeline":1,"running":true}'])(
  "a damaged file (%j) is set aside with a notice",
  async (text) => {
    const folder = temporaryFolder();
    writeFileSync(folder.file("state.json"), text);
    const notices: string[] = [];
    const file = new LastStateFile(folder, (notice) => notices.push(notice));
    expect(await file.read()).toBeUndefined();
    expect(notices[0]).toContain("state.json");
    expect(existsSync(folder.file("state.json"))).toBe(false);
    expect(existsSync(`${folder.file("state.json")}.unreadable`)).toBe(true);
  },
);

test("a write that failed is tried again, and a storm of changes costs few writes", async () => {
  const folder = temporaryFolder();
  const file = new LastStateFile(folder, () => {});
  rmSync(folder.path, { recursive: true });
  expect(await file.write(STATE).catch((error) => error.code)).toBe("ENOENT");
  mkdirSync(folder.path);
  await file.write(STATE);
  expect(await file.read()).toEqual(STATE);

  const writes = spyOn(JsonFile.prototype, "write");
  await Promise.all(Array.from({ length: 100 }, (_, i) => file.write({ pipeline: `${i}`, running: true })));
  expect(writes.mock.calls.length).toBeLessThan(5);
  writes.mockRestore();
  expect((await file.read())?.pipeline).toBe("99");
});
