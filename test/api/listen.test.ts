// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import { Elysia } from "elysia";
import { checkPort, listen } from "../../src/api/listen.ts";

test("a port that is taken is told in words", async () => {
  const first = listen(new Elysia().get("/", "first"), 0, "127.0.0.1");
  expect(() => listen(new Elysia(), first.port, "127.0.0.1")).toThrow(`port ${first.port} is taken`);
  expect(() => checkPort(first.port, "127.0.0.1")).toThrow(`port ${first.port} is taken`);
  expect(await (await fetch(first.url)).text()).toBe("first");
  await first.close();
  checkPort(first.port, "127.0.0.1");
  await expect(fetch(first.url)).rejects.toThrow();
});
