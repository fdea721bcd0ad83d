// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import { checkFiles } from "../../src/cli/plugin-check/files.ts";
import { parsePatch } from "../../src/pipeline/patch.ts";
import { readPlugin } from "../../src/plugins/discovery/read-plugin.ts";
import { readPresetFile } from "../../src/plugins/preset.ts";
import { testFolders } from "./folders.fixture.ts";

const folders = testFolders();
const PRESET = "presets/louder.yaml";

function presetCase(text: string) {
  const folder = folders.gain({ [PRESET]: text });
  const result = checkFiles(readPlugin(folder, "user")).find((it) => it.case === "presets");
  const read = () => parsePatch(readPresetFile(folder, PRESET));
  return { result, read };
}

test("what the box reads passes plugin check", () => {
  const { result, read } = presetCase("- { action: remove, id: notch }\n");
  expect(read().actions).toEqual([{ action: "remove", id: "notch" }]);
  expect(result?.result).toBe("passed");
});

test.each([
  ["larger than the box reads", `- { action: remove, id: notch }\n#${" ".repeat(300 * 1024)}\n`, "bytes; at most"],
  ["with aliases", `- &a { action: remove, id: notch }\n- *a\n`, "not YAML"],
  ["no YAML", "- {", "not YAML"],
  ["no list of edits", "just: words\n", "action is missing"],
])("what the box refuses fails it: %s", (_, text, reason) => {
  const { result, read } = presetCase(text);
  expect(read).toThrow(reason);
  expect(result?.result).toBe("failed");
  expect(result?.reason).toStartWith(`${PRESET}: `);
  expect(result?.reason).toContain(reason);
});
