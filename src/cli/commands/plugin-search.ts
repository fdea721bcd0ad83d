// SPDX-License-Identifier: Apache-2.0
import { command } from "../command.ts";
import { defaultDataFolder } from "../default-data-folder.ts";
import { DATA_OPTION, JSON_OPTION } from "./shared-options.ts";

export const pluginSearch = command({
  name: "plugin search",
  summary: "find plugins in the indexes of this box",
  description:
    "Lists plugins that have all the words somewhere: in name, description, type, category, capabilities or authors. Without words, all.",
  operand: { placeholder: "WORD", least: 0, most: 16, description: "part of a word, too" },
  options: { json: JSON_OPTION, data: DATA_OPTION },
  examples: ["stagebox plugin search spectr"],
  async run({ operands, options: { json, data = defaultDataFolder() }, output, signal }) {
    const { searchIndexes } = await import("../plugin/index-source.ts");
    return searchIndexes(operands, json, data, output, signal);
  },
});
