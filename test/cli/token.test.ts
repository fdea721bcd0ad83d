// SPDX-License-Identifier: Apache-2.0
import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { DataFolder } from "../../src/store/folder.ts";
import { TokenStore } from "../../src/store/tokens.ts";
import { stagebox, testFolder } from "./stagebox.ts";

setDefaultTimeout(60_000);

const folder = testFolder();

test("the token that is shown is the one that opens the API", async () => {
  const data = folder.path("data");
  const store = await TokenStore.open(new DataFolder(data), () => {});
  const { exitCode, stdout } = await stagebox(["token", "show", "--data", data]);
  expect(exitCode).toBe(0);
  expect(store.find(stdout.trim())).toMatchObject({ name: "admin", role: "admin" });
  expect((await stagebox(["token", "show"], { STAGEBOX_DATA: data })).stdout).toBe(stdout);
});

test("before the first start there is none, and none is made", async () => {
  const data = folder.path("empty");
  const { exitCode, stdout, stderr } = await stagebox(["token", "show", "--data", data]);
  expect([exitCode, stdout]).toEqual([1, ""]);
  expect(stderr).toBe(`${data}: holds no token yet; \`stagebox run\` makes one, or name another folder with --data\n`);
  expect(existsSync(data)).toBe(false);
});
