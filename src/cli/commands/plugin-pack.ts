// SPDX-License-Identifier: Apache-2.0
import { command } from "../command.ts";

export const pluginPack = command({
  name: "plugin pack",
  summary: "pack a plugin to give it away",
  description: [
    "Makes ID-VERSION.zip of a plugin's folder, with SHA256SUMS inside, which says what each file is. The same files make the same bytes, on every machine and at any time.",
    "What is hidden (.git, .github), node_modules, __pycache__ and zip files beside plugin.toml stay out; a secret key in the folder is refused.",
  ].join("\n\n"),
  operand: { placeholder: "DIR", least: 0, most: 1, description: "the plugin's folder, without it this one" },
  options: {
    into: { kind: "text", placeholder: "DIR", description: "where the bundle goes; without it here" },
  },
  examples: ["stagebox plugin pack", "stagebox plugin pack plugins/gain --into dist"],
  async run({ operands: [folder = "."], options: { into = "." }, output }) {
    const { pack } = await import("../plugin/bundle.ts");
    return pack(folder, into, output);
  },
});
