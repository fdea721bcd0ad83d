// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readJson, readText } from "../../src/appliance/read.ts";

test("what is no plain file, or no JSON, reads as nothing, and nobody waits for it", () => {
  const folder = mkdtempSync(join(tmpdir(), "stagebox-read-"));
  const at = (name: string) => join(folder, name);
  writeFileSync(at("file"), ' {"port":1}\n');
  expect([readText(at("file")), readJson(at("file"))]).toEqual(['{"port":1}', { port: 1 }]);
  spawnSync("mkfifo", [at("pipe")]);
  symlinkSync("file", at("link"));
  symlinkSync("/dev/zero", at("zeros"));
  writeFileSync(at("half"), '{"port":');
  for (const name of ["pipe", "link", "zeros", "half", ".", "nothing"]) expect(readJson(at(name))).toBeUndefined();
  for (const name of ["pipe", "link", "zeros", ".", "nothing"]) expect(readText(at(name))).toBe("");
  expect(readText("/proc/cmdline")).not.toBe("");
});
