// SPDX-License-Identifier: Apache-2.0
//
// What manifest and operator say of a plugin arrives in its process: settings, limits, permissions. What it may not do is
// in its log, with the permission that it would need.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PluginChoice } from "../../src/plugins/plugin.ts";
import { manifestText } from "../plugins/manifest.fixture.ts";
import { PluginBox } from "../plugins/odometer.fixture.ts";
import { stagebox } from "./built-plugin.ts";
import { root, until } from "./service.ts";

let folder: string;
let box: PluginBox;
const inside = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "stagebox-terms-"));
  // A plugin of a box that runs as root is nobody.
  chmodSync(folder, 0o755);
  writeFileSync(inside("read.txt"), "words");
  mkdirSync(inside("out"));
  chmodSync(inside("out"), 0o777);
  const plugin = inside("data/plugins/witness");
  mkdirSync(join(plugin, "src"), { recursive: true });
  const source = readFileSync(join(root, "test/plugins/libraries/witness.c"), "utf8");
  writeFileSync(join(plugin, "src/witness.c"), source);
  const manifest = {
    id: "witness",
    config: {
      depth: { kind: "integer", default: 3, minimum: 1, maximum: 9 },
      word: { kind: "text", default: "a" },
    },
    permissions: { network: true, threads: true, read: [inside("read.txt")], write: [inside("out")] },
    limits: { file_mb: 5, cpu_percent: 5 },
    stages: { witness: { name: "Witness" } },
    build: { flags: ["-pthread", `-DREADS="${inside("read.txt")}"`, `-DWRITES="${inside("out/file")}"`] },
  };
  writeFileSync(join(plugin, "plugin.toml"), manifestText(manifest));
  stagebox("plugin", "build", plugin);
  box = await PluginBox.open(inside("data"));
  await box.plugins.start();
}, 60_000);
afterAll(async () => {
  await box?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What it says when it is opened with a choice. */
async function said(choice: Partial<PluginChoice>): Promise<string[]> {
  const before = box.plugins.log("witness").length;
  await box.plugins.choose("witness", choice);
  return box.plugins
    .log("witness")
    .slice(before)
    .map(({ text }) => text);
}

test("at first it has defaults and no permission, and its log says what each would need", () => {
  const lines = box.plugins.log("witness").map(({ text }) => text);
  expect(lines).toEqual(expect.arrayContaining(['config {"depth":3,"word":"a"}', `file size ${5 << 20}`]));
  expect(lines).toEqual(expect.arrayContaining(["reads no", "network no", "writes -1"]));
  expect(lines).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^refused: open\w* of .*read\.txt needs permission read$/),
      expect.stringMatching(/^refused: open\w* of .*out\/file for writing needs permission write$/),
      "refused: socket needs permission network",
    ]),
  );
  const faults = box.plugins.get("witness").faults.map(({ message }) => message);
  expect(faults).toContain("refused: socket needs permission network");
});

test("each thing that is granted it may do, and no other", async () => {
  const granted = { network: true };
  const lines = await said({ granted, config: { depth: 7 } });
  expect(lines).toEqual(
    expect.arrayContaining(['config {"depth":7,"word":"a"}', "network yes", "reads no", "writes -1"]),
  );
  expect(await said({ granted: { read: [inside("read.txt")] } })).toEqual(
    expect.arrayContaining(["network no", "reads yes", "writes -1"]),
  );
});

test("a file that it may write ends where its limit is", async () => {
  expect(await said({ granted: { write: [inside("out")] } })).toContain(`writes ${5 << 20}`);
  expect(statSync(inside("out/file")).size).toBe(5 << 20);
});

test("more of a core than it may use ends its process", async () => {
  await said({ granted: { threads: true } });
  await box.run("{ type: witness }");
  const words = () => box.plugins.get("witness").faults.find(({ message }) => /of a core/.test(message))?.message;
  await until("it to be ended", () => words() !== undefined);
  expect(words()).toMatch(/^witness: .*\b5 %/);
  expect(box.supervisor.graph()?.state).toBe("running");
}, 30_000);
