// SPDX-License-Identifier: Apache-2.0

import { command } from "../command.ts";
import { defaultDataFolder } from "../default-data-folder.ts";
import { DATA_OPTION, JSON_OPTION } from "./shared-options.ts";

export const pluginGenerations = command({
  name: "plugin generations",
  summary: "list the sets of plugins that can come back",
  description:
    "Each plugin that is installed, removed, updated or pinned makes another generation of the set. The latest sixteen are kept, with all that they need.",
  options: { json: JSON_OPTION, data: DATA_OPTION },
  examples: ["stagebox plugin generations"],
  async run({ options: { json, data = defaultDataFolder() }, output }) {
    const { generations } = await import("../plugin/generations.ts");
    return generations({ json, data, output });
  },
});
