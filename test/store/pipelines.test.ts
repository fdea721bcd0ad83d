// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { NameError } from "../../src/store/folder.ts";
import { BundledError, PipelineStore, StaleError } from "../../src/store/pipelines.ts";
import { temporaryFolders } from "./temporary-folder.ts";

const temporaryFolder = temporaryFolders();

function newStore() {
  const folder = temporaryFolder().pipelines;
  return { folder, store: new PipelineStore(new Map([["alpha", "name: alpha\n"]]), folder) };
}

test("a user's pipeline stands before the bundled one until it is deleted", async () => {
  const { store } = newStore();
  expect(store.get("alpha")).toMatchObject({ yaml: "name: alpha\n", bundled: true });
  await store.put("alpha", "name: mine\n");
  expect(store.get("alpha")).toMatchObject({ yaml: "name: mine\n", bundled: false });
  expect(await store.delete("alpha")).toBe(true);
  expect(store.get("alpha")?.bundled).toBe(true);
  await expect(store.delete("alpha")).rejects.toThrow(BundledError);
  expect(await store.delete("beta")).toBe(false);
});

test("lists by name, and only what can be a pipeline", async () => {
  const { store, folder } = newStore();
  await store.put("zeta", "z");
  await store.put("Beta-2", "b");
  for (const file of [".hidden.yaml", "notes.txt", "a b.yaml", ".yaml"]) writeFileSync(join(folder, file), "");
  expect(store.list().map(({ name }) => name)).toEqual(["Beta-2", "alpha", "zeta"]);
  expect(readFileSync(join(folder, "zeta.yaml"), "utf8")).toBe("z");
});

test("a stale revision changes nothing", async () => {
  const { store } = newStore();
  const first = await store.put("x", "1");
  await store.put("x", "2", first.revision);
  await expect(store.put("x", "3", first.revision)).rejects.toThrow(StaleError);
  await expect(store.delete("x", first.revision)).rejects.toThrow(StaleError);
  await expect(store.put("new", "1", first.revision)).rejects.toThrow(StaleError);
  expect(store.get("x")?.yaml).toBe("2");
});

test("of two who change the same revision at once, one wins", async () => {
  const { store } = newStore();
  const { revision } = await store.put("x", "0");
  const results = await Promise.allSettled(["a", "b", "c"].map((text) => store.put("x", text, revision)));
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
  expect(store.get("x")?.yaml).toBe("a");
});

test.each(["", "..", "../x", "a/b", "a.b", "-a", "a b", "x".repeat(65), "a\0"])("refuses the name %j", async (name) => {
  const { store } = newStore();
  expect(() => store.get(name)).toThrow(NameError);
  await expect(store.put(name, "")).rejects.toThrow(NameError);
  await expect(store.delete(name)).rejects.toThrow(NameError);
});

test("a folder with a pipeline's name is none", () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder.pipelines, "odd.yaml"));
  expect(new PipelineStore(new Map([["alpha", "a"]]), folder.pipelines).list().map(({ name }) => name)).toEqual([
    "alpha",
  ]);
});
