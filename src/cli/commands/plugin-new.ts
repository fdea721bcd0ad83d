// SPDX-License-Identifier: Apache-2.0
import { command } from "../command.ts";

export const pluginNew = command({
  name: "plugin new",
  summary: "begin a plugin: a copy of one that works, under a new name",
  description: [
    "Makes a folder with a plugin that builds, passes its checks and runs: manifest, source, README, preset, test, and the workflows that test and release it. Nothing that is there is touched.",
    "The stage is called like the plugin. See plugins/README.md for what comes next.",
  ].join("\n\n"),
  operand: { placeholder: "NAME", least: 1, most: 1, description: "what the plugin is called: my_gain, my-gain" },
  options: {
    runtime: {
      kind: "text",
      placeholder: "KIND",
      description:
        "what it is written in: native (C, and the default), python, script (TypeScript), wasm, or service (a server of its own, by gRPC)",
    },
    template: {
      kind: "text",
      placeholder: "TEMPLATE",
      description:
        "what it begins as: gain (a stage, and the default); of native also analysis, source or sink, of wasm also javascript",
    },
    into: {
      kind: "text",
      placeholder: "DIR",
      description: "the folder it is made in, itself made if need be; without it this one",
    },
  },
  examples: [
    "stagebox plugin new my_gain",
    "stagebox plugin new beats --template analysis",
    "stagebox plugin new my-gain --runtime python",
  ],
  async run({ operands: [name = ""], options, output }) {
    const { newPlugin } = await import("../plugin/new.ts");
    const { runtime = "native", template = "gain", into = "." } = options;
    return newPlugin({ name, runtime, template, into, output });
  },
});
