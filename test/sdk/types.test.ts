// SPDX-License-Identifier: Apache-2.0
//
// What the SDK says of plugins is what the box says of them.
import { expect, test } from "bun:test";
import { join } from "node:path";
import type { PluginType } from "stagebox";
import { type PluginType as OfTheBox, PLUGIN_TYPES } from "../../src/plugins/plugin.ts";

test("there are types for all types of plugin, and for no others", () => {
  const all: Record<OfTheBox, true> & Record<PluginType, true> = {
    ...{ node: true, analysis: true, effect: true, generator: true },
    ...{ workflow: true, integration: true, ui: true, visualization: true },
  };
  expect(Object.keys(all).sort()).toEqual([...PLUGIN_TYPES].sort());
});

test("the module for Python knows the same types", () => {
  const ask = "import json, stagebox, typing; print(json.dumps(typing.get_args(stagebox.PluginType)))";
  const env = { ...process.env, PYTHONPATH: join(import.meta.dir, "../../sdk/python") };
  const { stdout } = Bun.spawnSync(["/usr/bin/python3", "-B", "-c", ask], { env });
  expect(JSON.parse(stdout.toString()).sort()).toEqual([...PLUGIN_TYPES].sort());
});
