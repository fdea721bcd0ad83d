// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { readAdminToken, TokenStore } from "../../src/store/tokens.ts";
import { temporaryFolders } from "./temporary-folder.ts";

const temporaryFolder = temporaryFolders();

const quiet = () => {};

test("the first start makes an admin's token that only its owner can read, and later starts keep it", async () => {
  const folder = temporaryFolder();
  expect(await readAdminToken(folder)).toBeUndefined();
  const store = await TokenStore.open(folder, quiet);
  const token = (await readAdminToken(folder)) ?? "";
  expect(token).toMatch(/^[\w-]{43}$/);
  expect(statSync(folder.file("admin-token")).mode & 0o777).toBe(0o600);
  expect(store.find(token)).toMatchObject({ name: "admin", role: "admin" });
  await TokenStore.open(folder, quiet);
  expect(await readAdminToken(folder)).toBe(token);
  const other = temporaryFolder();
  await TokenStore.open(other, quiet);
  expect(await readAdminToken(other)).not.toBe(token);
});

test("users outlive a start, and their tokens do not lie on the disk", async () => {
  const folder = temporaryFolder();
  const token = (await (await TokenStore.open(folder, quiet)).create("vera", "viewer")) ?? "";
  const file = folder.file("tokens.json");
  expect(readFileSync(file, "utf8")).not.toContain(token);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const store = await TokenStore.open(folder, quiet);
  expect(store.find(token)).toMatchObject({ name: "vera", role: "viewer" });
  expect(store.list().map(({ name }) => name)).toEqual(["admin", "vera"]);
  expect(JSON.stringify(store.list())).not.toContain("sha256");
});

test("a token that was taken back, a part of one, or none opens nothing", async () => {
  const store = await TokenStore.open(temporaryFolder(), quiet);
  const token = (await store.create("otto", "operator")) ?? "";
  for (const wrong of ["", "x", token.slice(1), `${token}x`, token.toUpperCase()])
    expect(store.find(wrong)).toBeUndefined();
  expect(await store.remove("otto")).toBe(true);
  expect(store.find(token)).toBeUndefined();
  expect(await store.remove("otto")).toBe(false);
  expect(await store.remove("admin")).toBe(false);
});

test("a name belongs to one user", async () => {
  const store = await TokenStore.open(temporaryFolder(), quiet);
  expect(await store.create("admin", "viewer")).toBeUndefined();
  expect(await store.create("x", "viewer")).toBeString();
  expect(await store.create("x", "admin")).toBeUndefined();
});

test.each(["{", "[]", '{"users":[{"name":"x","role":"god","created":"","sha256":"00"}]}', "null"])(
  "a damaged token file (%s) is set aside with a notice, and gives nobody rights",
  async (text) => {
    const folder = temporaryFolder();
    writeFileSync(folder.file("tokens.json"), text);
    const notices: string[] = [];
    const store = await TokenStore.open(folder, (notice) => notices.push(notice));
    expect(store.list()).toHaveLength(1);
    expect(notices).toHaveLength(1);
    expect(readFileSync(`${folder.file("tokens.json")}.unreadable`, "utf8")).toBe(text);
  },
);

test("what could not be written has not happened", async () => {
  const folder = temporaryFolder();
  const store = await TokenStore.open(folder, quiet);
  const token = (await store.create("vera", "viewer")) ?? "";
  rmSync(folder.path, { recursive: true });
  expect(await store.create("otto", "operator").catch((error) => error.code)).toBe("ENOENT");
  expect(await store.remove("vera").catch((error) => error.code)).toBe("ENOENT");
  expect(store.list().map(({ name }) => name)).toEqual(["admin", "vera"]);
  expect(store.find(token)?.name).toBe("vera");
});
