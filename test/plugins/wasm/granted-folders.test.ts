// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { CapabilityError } from "../../../src/plugins/wasm/capabilities.ts";
import { grantedFolders } from "../../../src/plugins/wasm/granted-folders.ts";
import { testFolders } from "../folders.fixture.ts";

const { fresh } = testFolders();

function prepared() {
  const root = fresh();
  const [granted, outside] = [join(root, "granted"), join(root, "outside")];
  for (const folder of [granted, join(granted, "2024"), outside]) mkdirSync(folder);
  writeFileSync(join(granted, "b.edf"), "12345");
  writeFileSync(join(granted, "2024/a.edf"), "");
  writeFileSync(join(outside, "secret"), "x");
  symlinkSync(outside, join(granted, "way-out"));
  symlinkSync(join(outside, "secret"), join(granted, "secret"));
  utimesSync(join(granted, "b.edf"), 1000, 1000);
  return { granted, files: grantedFolders(new Map([["recordings", granted]])) };
}

function answer(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    if (error instanceof CapabilityError) return error.payload;
    throw error;
  }
}

test("what is in a granted folder, and in the folders of it", () => {
  const { files } = prepared();
  expect(files.grants()).toEqual(["recordings"]);
  expect(files.listDir("recordings", "")).toEqual([
    { name: "2024", kind: "directory" },
    { name: "b.edf", kind: "file" },
    { name: "secret", kind: "other" },
    { name: "way-out", kind: "other" },
  ]);
  expect(files.listDir("recordings", "2024")).toEqual([{ name: "a.edf", kind: "file" }]);
  expect(files.readMetadata("recordings", "b.edf")).toEqual({ kind: "file", size: 5n, modifiedMs: 1_000_000n });
  expect(files.readMetadata("recordings", "2024")).toMatchObject({ kind: "directory", size: 0n });
  expect(files.readMetadata("recordings", "secret")).toMatchObject({ kind: "other", size: 0n });
});

test.each([
  ["elsewhere", "", "not-granted"],
  ["recordings", "c.edf", "not-found"],
  ["recordings", "b.edf", "not-a-directory"],
  ["recordings", "b.edf/x", "not-a-directory"],
  ["recordings", "way-out", "not-a-directory"],
  ["recordings", "way-out/secret", "bad-path"],
  ["recordings", "../outside", "bad-path"],
  ["recordings", "/etc", "bad-path"],
  ["recordings", "2024/", "bad-path"],
  ["recordings", ".", "bad-path"],
  ["recordings", "a\0b", "bad-path"],
  ["recordings", "x/".repeat(600), "bad-path"],
])("%s %j: %s", (grant, path, wanted) => {
  const { files } = prepared();
  expect(answer(() => files.listDir(grant, path))).toBe(wanted);
});

test("no path leads out", () => {
  const { files } = prepared();
  const part = fc.constantFrom("..", ".", "", "2024", "way-out", "secret", "outside", "a.edf", "etc", "passwd");
  const path = fc.array(part, { maxLength: 6 }).map((parts) => parts.join("/"));
  fc.assert(
    fc.property(path, (it) => {
      const found = answer(() => files.listDir("recordings", it));
      if (Array.isArray(found)) expect(["", "2024"]).toContain(it);
      const about = answer(() => files.readMetadata("recordings", it));
      if (typeof about === "object") expect(["", "2024", "2024/a.edf", "way-out", "secret"]).toContain(it);
    }),
    { numRuns: 500 },
  );
});
