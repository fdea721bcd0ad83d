// SPDX-License-Identifier: Apache-2.0
import { command } from "../command.ts";
import { defaultDataFolder } from "../default-data-folder.ts";
import { DATA_OPTION, JSON_OPTION, PLUGIN_OPERAND } from "./shared-options.ts";

export const pluginInfo = command({
  name: "plugin info",
  summary: "tell all about a plugin",
  description:
    "Tells what a plugin is, which versions there are, what it may do and what it asks for; from a running box also how it fares, and what went wrong lately.",
  operand: PLUGIN_OPERAND,
  options: { json: JSON_OPTION, data: DATA_OPTION },
  examples: ["stagebox plugin info gain"],
  async run({ operands: [id = ""], options: { json, data = defaultDataFolder() }, output }) {
    const { info } = await import("../plugin/info.ts");
    return info({ id, json, data, output });
  },
});
