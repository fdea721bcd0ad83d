// SPDX-License-Identifier: Apache-2.0
import { command } from "../command.ts";
import { defaultDataFolder } from "../default-data-folder.ts";
import { DATA_OPTION, PLUGIN_OPERAND, USER_OPTION } from "./shared-options.ts";

export const pluginRemove = command({
  name: "plugin remove",
  summary: "take a plugin off this box",
  description:
    "Removes all versions of a plugin, or one, and what was decided about it. Its private data stays, and so do builds that a roll-back can bring back, unless --purge clears both with the last version, or later. What comes with the image cannot be removed, but disabled.",
  operand: PLUGIN_OPERAND,
  options: {
    version: { kind: "text", placeholder: "V", description: "this version alone" },
    purge: { kind: "flag", description: "clear private data and kept builds, too, once no version is left" },
    user: USER_OPTION,
    data: DATA_OPTION,
  },
  examples: ["stagebox plugin remove my-gain", "stagebox plugin remove my-gain --version 1.0.0"],
  async run({ operands: [id = ""], options: { version, purge, user, data = defaultDataFolder() }, output }) {
    const { remove } = await import("../plugin/remove.ts");
    return remove({ id, version, purge, user, data, output });
  },
});
