// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { defaultDataFolder } from "../../src/cli/default-data-folder.ts";
import { testFolder } from "./stagebox.ts";

const folder = testFolder();
const { STAGEBOX_DATA } = process.env;
beforeEach(() => {
  delete process.env.STAGEBOX_DATA;
});
afterEach(() => {
  if (STAGEBOX_DATA === undefined) delete process.env.STAGEBOX_DATA;
  else process.env.STAGEBOX_DATA = STAGEBOX_DATA;
});

test("is the user's where there is no appliance, and the appliance's where there is one", () => {
  const appliance = folder.path("appliance");
  expect(defaultDataFolder(appliance)).toBe(join(homedir(), ".stagebox"));
  mkdirSync(appliance);
  expect(defaultDataFolder(appliance)).toBe(appliance);
  process.env.STAGEBOX_DATA = folder.path("named");
  expect(defaultDataFolder(appliance)).toBe(folder.path("named"));
});

test("an appliance's that may not be used is refused, not replaced by another", () => {
  // Root may write to any folder, but nobody may enter a file.
  const appliance = folder.path("closed");
  writeFileSync(appliance, "", { mode: 0o600 });
  expect(() => defaultDataFolder(appliance)).toThrow(
    `${appliance}: is for root and the service alone; say \`sudo stagebox\``,
  );
});
