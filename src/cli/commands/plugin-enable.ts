// SPDX-License-Identifier: Apache-2.0
import { command } from "../command.ts";
import { defaultDataFolder } from "../default-data-folder.ts";
import { DATA_OPTION, PLUGIN_OPERAND } from "./shared-options.ts";

export const pluginEnable = command({
  name: "plugin enable",
  summary: "let a plugin run, and say what it may do",
  description:
    "A plugin that was installed is enabled, with no permission. What --grant names it is given in the place of what it was given before; nobody is given what plugin.toml does not ask for. One in quarantine is tried again.",
  operand: PLUGIN_OPERAND,
  options: {
    grant: {
      kind: "list",
      placeholder: "WHAT",
      description:
        "network, processes, threads, log, config, watch, read=PATH, write=PATH, subscribe=EVENT, publish=EVENT, services=NAME, all that it asks for, or none",
    },
    trust: {
      kind: "flag",
      description:
        "it may run inside the service if it wants to, with no wall between; somebody whom the box trusts has signed it",
    },
    unsigned: {
      kind: "flag",
      description: "with --trust, though nobody signed it: your own work, linked in or put there by hand",
    },
    distrust: { kind: "flag", description: "a wall between again" },
    data: DATA_OPTION,
  },
  examples: [
    "stagebox plugin enable my-gain",
    "stagebox plugin enable uplink --grant network --grant read=recordings:",
  ],
  async run({ operands: [id = ""], options, output }) {
    const { enable } = await import("../plugin/choose.ts");
    const { grant, trust, unsigned, distrust, data = defaultDataFolder() } = options;
    const trusted = distrust ? false : trust ? !unsigned || "unsigned" : undefined;
    return enable({ id, grants: grant, trusted, data, output });
  },
});
