// SPDX-License-Identifier: Apache-2.0
import { afterAll, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { placesBelow } from "../../../src/appliance/places.ts";
import { ProgressFile, readProgress } from "../../../src/appliance/update/progress.ts";

const places = placesBelow(mkdtempSync(join(tmpdir(), "stagebox-progress-")));
afterAll(() => rmSync(places.root, { recursive: true }));

test("the screen tells of an update while it goes on, in what a screen may show", () => {
  const progress = new ProgressFile(places);
  const shown = join(places.screen, "update.txt");
  progress.tell({ id: "u1", step: "unpacking", part: 0, message: "version 1.0.0 is unpacked" });
  expect(readFileSync(shown, "utf8")).toBe("Update     version 1.0.0 is unpacked\n");
  progress.tell({ id: "u1", step: "rolling-back", part: 0, message: `\u001b[2J\n\u00e9 ${"x".repeat(200)}` });
  expect(readFileSync(shown, "utf8")).toMatch(/^Update {5}\?\[2J\?\? x{1,60}\n$/);
  expect(readProgress(places)).toMatchObject({ step: "rolling-back" });
  progress.end({ id: "u1", step: "rolled-back", part: 1, message: "it was taken back" });
  expect(existsSync(shown)).toBe(false);
  expect(readProgress(places)).toEqual({ id: "u1", step: "rolled-back", part: 1, message: "it was taken back" });
  expect(readdirSync(places.run_system).sort()).toEqual(["screen.d", "update.json"]);
});
