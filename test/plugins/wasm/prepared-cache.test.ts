// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { prepare } from "../../../src/plugins/wasm/prepare.ts";
import { clearPrepared, preparedComponent, readPrepared } from "../../../src/plugins/wasm/prepared-cache.ts";
import { StageComponent } from "../../../src/plugins/wasm/stage-component.ts";
import { testFolders } from "../folders.fixture.ts";
import { INPUT, stageInText } from "./components.fixture.ts";

const { fresh } = testFolders();

test("what was translated once is there the next time, for the same component and world alone", async () => {
  const folder = join(fresh(), "cache");
  const component = await stageInText({});
  const first = await preparedComponent(component, "stage", folder);
  expect(first).toEqual(await prepare(component, "stage"));
  const [file = ""] = readdirSync(folder);
  expect(file).toBe(`${first.sha256}.stage.json`);
  expect(readPrepared(folder, first.sha256, "stage")).toEqual(first);
  expect(readPrepared(folder, first.sha256, "plugin")).toBeUndefined();

  // It is what is read, and not made again.
  const kept = readFileSync(join(folder, file), "utf8");
  writeFileSync(join(folder, file), kept.replace('"wants":{}', '"wants":{"log":["write"]}'));
  const again = await preparedComponent(component, "stage", folder);
  expect(again.wants).toEqual({ log: ["write"] });
  const made = await StageComponent.create(again, { memory_mb: 8, capabilities: {} });
  expect(made.init("one", [], INPUT)).toEqual(INPUT);
});

test("what is broken, or another version's, is made anew", async () => {
  const folder = fresh();
  const component = await stageInText({});
  const { sha256 } = await preparedComponent(component, "stage", folder);
  const file = join(folder, `${sha256}.stage.json`);
  const kept = readFileSync(file, "utf8");
  const broken = [
    kept.slice(0, 1000),
    "",
    "[]",
    "null",
    kept.replace(/"form":\d+/, '"form":0'),
    kept.replace("jco-", "x-"),
  ];
  for (const text of [...broken, kept.replace(sha256, "0".repeat(64))]) {
    expect(text).not.toBe(kept);
    writeFileSync(file, text);
    expect(readPrepared(folder, sha256, "stage")).toBeUndefined();
    await preparedComponent(component, "stage", folder);
    expect(readFileSync(file, "utf8")).toBe(kept);
  }
});

test("what nobody needs is let go", async () => {
  const folder = fresh();
  const [one, other] = [await stageInText({}), await stageInText({ process: "i32.const 8" })];
  const { sha256 } = await preparedComponent(one, "stage", folder);
  await preparedComponent(other, "stage", folder);
  clearPrepared(folder, new Set([sha256]));
  expect(readdirSync(folder)).toEqual([`${sha256}.stage.json`]);
  clearPrepared(folder);
  expect(readdirSync(folder)).toEqual([]);
  clearPrepared(join(folder, "nowhere"));
});
