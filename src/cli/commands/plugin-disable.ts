// SPDX-License-Identifier: Apache-2.0
import { command } from "../command.ts";
import { defaultDataFolder } from "../default-data-folder.ts";
import { DATA_OPTION, PLUGIN_OPERAND } from "./shared-options.ts";

export const pluginDisable = command({
  name: "plugin disable",
  summary: "keep a plugin from running",
  description: "Ends a plugin and keeps it from being started again, until it is enabled. What it was granted is kept.",
  operand: PLUGIN_OPERAND,
  options: { data: DATA_OPTION },
  examples: ["stagebox plugin disable my-gain"],
  async run({ operands: [id = ""], options: { data = defaultDataFolder() }, output }) {
    const { disable } = await import("../plugin/choose.ts");
    return disable({ id, data, output });
  },
});
