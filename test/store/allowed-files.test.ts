// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ProblemsError } from "../../src/pipeline/problem.ts";
import { AllowedFiles } from "../../src/store/allowed-files.ts";
import { temporaryFolders } from "./temporary-folder.ts";

const temporaryFolder = temporaryFolders();

function setUp() {
  const folder = temporaryFolder();
  const path = (name: string) => join(folder.path, name);
  mkdirSync(join(folder.recordings, "old"));
  for (const name of ["admin-token", "tokens.json", "recordings/a.edf", "recordings/old/b.edf", "pipelines.yaml"])
    writeFileSync(path(name), "x");
  symlinkSync(path("admin-token"), path("recordings/link.csv"));
  return { files: new AllowedFiles(folder, [path("pipelines.yaml")]), path };
}

test("recordings may be played by name, by a path from either folder, or in full", () => {
  const { files, path } = setUp();
  for (const name of ["a.edf", "recordings/a.edf", path("recordings/a.edf")])
    expect(files.resolve(name)).toBe(path("recordings/a.edf"));
  expect(files.resolve("old/b.edf")).toBe(path("recordings/old/b.edf"));
});

test("what was named on the command line may be played", () => {
  const { files, path } = setUp();
  expect(files.resolve(path("pipelines.yaml"))).toBe(path("pipelines.yaml"));
});

test.each([
  "admin-token",
  "tokens.json",
  "link.csv",
  "recordings/link.csv",
  "../x",
  ".",
  "",
  "/etc/passwd",
  "a\0b",
  "none.edf",
])("nothing else may be: %j", (name) => {
  const { files } = setUp();
  expect(() => files.resolve(name)).toThrow(ProblemsError);
});

test("not by its full path either", () => {
  const { files, path } = setUp();
  for (const name of ["admin-token", "recordings/link.csv", "recordings/../admin-token", "recordings"])
    expect(() => files.resolve(`${path("")}${name}`)).toThrow(ProblemsError);
});
