// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { checkPlugin } from "../../src/cli/plugin-check/check-plugin.ts";
import { readPlugin } from "../../src/plugins/discovery/read-plugin.ts";
import { putMain } from "../plugins/bus/bus.fixture.ts";
import { testFolders } from "../plugins/folders.fixture.ts";

const { fresh } = testFolders();

async function caseOf(code: string, permissions = {}): Promise<string> {
  const path = fresh();
  chmodSync(path, 0o755);
  await putMain(path, { id: "mine", kind: "python", code, manifest: { permissions } });
  const plugin = readPlugin(join(path, "plugins", "mine"), "box");
  for await (const { case: name, result, reason } of checkPlugin(plugin, {
    ...{ seed: 1, quick: true, signal: AbortSignal.timeout(30_000) },
  }))
    if (name === "main part") return `${result}: ${reason}`;
  return "there is no such case";
}

test.each<[string, string, string]>([
  ["loads", "import stagebox\nstagebox.subscribe('StageOp')", "passed: "],
  ["cannot be run", "import nothing_of_the_kind", "main.py cannot be run: ModuleNotFoundError"],
  [
    "refuses to load",
    "def on_load(context):\n    raise ValueError(context.plugin)",
    "failed: ValueError: mine (main.py:2)",
  ],
  ["wants what it does not ask for", "import stagebox\nstagebox.subscribe('*')", 'failed: may not hear "*"'],
])(
  "the main part of a plugin that %s",
  async (_, code, words) => {
    expect(await caseOf(code, { subscribe: ["StageOp"] })).toContain(words);
  },
  30_000,
);

test("a main part may begin with what a box does for it", async () => {
  const code = `
import stagebox
def on_load(context):
    assert stagebox.call("stagebox.project", {})["state"] == "stopped"
    stagebox.call("stagebox.start_pipeline", {"name": "default"})
    stagebox.call("stagebox.write_file", {"path": "a.txt", "content": "a"})
    assert stagebox.call("stagebox.project", {})["files"] == 1
`;
  const services = ["project", "start_pipeline", "write_file"].map((name) => `stagebox.${name}`);
  expect(await caseOf(code, { services })).toBe("passed: ");
  expect(await caseOf(code, { services: services.slice(1) })).toContain("mine may not call stagebox.project");
}, 30_000);
