// SPDX-License-Identifier: Apache-2.0
import { command } from "../command.ts";
import { defaultDataFolder } from "../default-data-folder.ts";
import { DATA_OPTION, JSON_OPTION } from "./shared-options.ts";

export const safeModeShow = command({
  name: "safe-mode show",
  summary: "say what the box does without since it went down again and again",
  description:
    "A box that went down three times within ten minutes comes up without what it was doing each time: a plugin is in quarantine, or runs in a process of its own, or the default pipeline runs.",
  options: { data: DATA_OPTION, json: JSON_OPTION },
  examples: ["stagebox safe-mode show"],
  async run({ options, output }) {
    const { showSafeMode } = await import("../safe-mode.ts");
    return showSafeMode({ data: options.data ?? defaultDataFolder(), json: options.json, output });
  },
});
