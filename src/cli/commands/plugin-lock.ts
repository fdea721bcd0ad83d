// SPDX-License-Identifier: Apache-2.0

import { command } from "../command.ts";
import { defaultDataFolder } from "../default-data-folder.ts";
import { DATA_OPTION } from "./shared-options.ts";

export const pluginLock = command({
  name: "plugin lock",
  summary: "write the plugins of this box down, for another",
  description:
    "Writes a folder with plugins.lock, which names each version and the sum of its files, and those files. `stagebox plugin install --locked DIR` installs just these on another box, with their settings and pins; permissions and trust are for its owner to give.",
  operand: { placeholder: "DIR", least: 1, most: 1, description: "a folder that is made" },
  options: { data: DATA_OPTION },
  examples: ["stagebox plugin lock /media/stick/plugins"],
  async run({ operands: [folder = ""], options: { data = defaultDataFolder() }, output }) {
    const { lock } = await import("../plugin/lock.ts");
    return lock({ folder, data, output });
  },
});
