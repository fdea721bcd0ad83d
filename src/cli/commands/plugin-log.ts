// SPDX-License-Identifier: Apache-2.0
import { command } from "../command.ts";
import { defaultDataFolder } from "../default-data-folder.ts";
import { DATA_OPTION, PLUGIN_OPERAND } from "./shared-options.ts";

export const pluginLog = command({
  name: "plugin log",
  summary: "print what a plugin wrote, and what happened to it",
  description: "Prints what a running box has noted of a plugin, the latest last.",
  operand: PLUGIN_OPERAND,
  options: { follow: { kind: "flag", description: "go on until Ctrl-C" }, data: DATA_OPTION },
  examples: ["stagebox plugin log my-gain --follow"],
  async run({ operands: [id = ""], options: { follow, data = defaultDataFolder() }, output, signal }) {
    const { log } = await import("../plugin/log.ts");
    return log({ id, follow, data, output, signal });
  },
});
