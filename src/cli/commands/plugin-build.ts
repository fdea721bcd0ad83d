// SPDX-License-Identifier: Apache-2.0
import { command } from "../command.ts";

export const pluginBuild = command({
  name: "plugin build",
  summary: "compile a plugin, or look over what needs no compiling",
  description: [
    "Compiles the C and C++ sources that plugin.toml names into bin/TARGET/, with Debian's gcc and g++. The new library takes the old one's place in one step: a running box that has the plugin loads it while the pipeline runs.",
    "For WebAssembly, C or JavaScript becomes one component, bin/NAME.wasm, for every machine. In the other languages there is nothing to build: syntax and imports are checked.",
    "With --all, every plugin in a folder of plugins that has changed.",
  ].join("\n\n"),
  operand: {
    placeholder: "DIR",
    least: 0,
    most: 1,
    description: "the plugin's folder, without it this one; with --all a folder of plugins, without it ./plugins",
  },
  options: {
    target: {
      kind: "list",
      placeholder: "TARGET",
      description: "what to compile for: x86_64-linux-gnu, aarch64-linux-gnu or both; without it this machine",
    },
    all: { kind: "flag", description: "every plugin in DIR whose library is older than what it is made of" },
  },
  examples: ["stagebox plugin build", "stagebox plugin build --target x86_64-linux-gnu --target aarch64-linux-gnu"],
  async run({ operands: [folder], options: { target, all }, output, signal }) {
    const { buildPlugins } = await import("../plugin/build.ts");
    return buildPlugins({ folder: folder ?? (all ? "plugins" : "."), targets: target, all, output, signal });
  },
});
