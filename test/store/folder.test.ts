// SPDX-License-Identifier: Apache-2.0
import { beforeEach, expect, test } from "bun:test";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DataFolder, NameError, resolveInside } from "../../src/store/folder.ts";
import { temporaryFolders } from "./temporary-folder.ts";

const temporaryFolder = temporaryFolders();
let folder: string;
beforeEach(() => {
  folder = temporaryFolder().recordings;
});

test("is named from the root on, wherever the box was started", () => {
  expect(new DataFolder("box").path).toBe(join(process.cwd(), "box"));
});

test("leads to a file below the folder, there or not", () => {
  writeFileSync(join(folder, "a.bdf"), "");
  mkdirSync(join(folder, "day"));
  expect(resolveInside(folder, "a.bdf")).toBe(join(folder, "a.bdf"));
  expect(resolveInside(folder, "day/new file.bdf")).toBe(join(folder, "day/new file.bdf"));
  expect(resolveInside(folder, "no/such/folder.bdf")).toBe(join(folder, "no/such/folder.bdf"));
});

test.each([
  "",
  ".",
  "..",
  "../x",
  "a/../../x",
  "a/..",
  "/etc/passwd",
  "a\0b",
  ".hidden",
  "a/.hidden",
  "a//b",
  "a/",
  "..\\x",
  "a\\..\\..\\x",
  "x".repeat(256),
  "é".repeat(128),
])("refuses %j", (name) => {
  expect(() => resolveInside(folder, name)).toThrow(NameError);
});

test("refuses links that lead out, to a file, a folder or nothing", () => {
  const outside = temporaryFolder();
  writeFileSync(outside.file("secret"), "");
  symlinkSync(outside.file("secret"), join(folder, "file"));
  symlinkSync(outside.path, join(folder, "out"));
  symlinkSync(outside.file("not-there"), join(folder, "dangling"));
  for (const name of ["file", "out/secret", "out/new", "out", "dangling"])
    expect(() => resolveInside(folder, name)).toThrow(NameError);
});

test("follows links that stay inside", () => {
  writeFileSync(join(folder, "b.bdf"), "");
  symlinkSync(join(folder, "b.bdf"), join(folder, "latest.bdf"));
  expect(resolveInside(folder, "latest.bdf")).toBe(join(folder, "latest.bdf"));
});
