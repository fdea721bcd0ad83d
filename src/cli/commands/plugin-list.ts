// SPDX-License-Identifier: Apache-2.0
import { command } from "../command.ts";
import { defaultDataFolder } from "../default-data-folder.ts";
import { DATA_OPTION, JSON_OPTION } from "./shared-options.ts";

export const pluginList = command({
  name: "plugin list",
  summary: "list the plugins of this box, and how they are",
  description:
    "Lists every plugin in the folders of the image, the box and the user, and what lies there that is none. Asks the box if one runs on the data folder.",
  options: {
    type: { kind: "text", placeholder: "TYPE", description: "only of this type: node, analysis, effect ..." },
    category: { kind: "text", placeholder: "CATEGORY", description: "only of this category" },
    capability: { kind: "text", placeholder: "WHAT", description: "only those that bring it: stage, backend ..." },
    state: { kind: "text", placeholder: "STATE", description: "only those in this state: ready, disabled, error ..." },
    json: JSON_OPTION,
    data: DATA_OPTION,
  },
  examples: ["stagebox plugin list", "stagebox plugin list --capability backend"],
  async run({ options: { json, data = defaultDataFolder(), ...filter }, output }) {
    const { list } = await import("../plugin/list.ts");
    return list({ filter, json, data, output });
  },
});
