// SPDX-License-Identifier: Apache-2.0
import { command } from "../command.ts";
import { SECRET_KEY_OPTION } from "./shared-options.ts";

export const pluginIndex = command({
  name: "plugin index",
  summary: "make an index of packed plugins, for others to install from",
  description: [
    "Writes index.json and index.json.minisig into a folder of bundles: which there are, what each is to the byte, and what it needs. The folder then is all that a web server has to serve, or that a USB stick has to hold.",
    "What lies in its folder `ratings` (stagebox plugin rate --export) is counted in, one voice for each key.",
  ].join("\n\n"),
  operand: { placeholder: "DIR", least: 1, most: 1, description: "a folder with bundles in it, or in its folders" },
  options: { key: SECRET_KEY_OPTION },
  examples: ["stagebox plugin index public --key keeper.key"],
  async run({ operands: [folder = ""], options: { key }, output }) {
    const { indexFolder } = await import("../plugin/index-make.ts");
    return indexFolder(folder, key, output);
  },
});
