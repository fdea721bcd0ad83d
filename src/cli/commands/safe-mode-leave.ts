// SPDX-License-Identifier: Apache-2.0
import { command } from "../command.ts";
import { defaultDataFolder } from "../default-data-folder.ts";
import { DATA_OPTION, JSON_OPTION } from "./shared-options.ts";

export const safeModeLeave = command({
  name: "safe-mode leave",
  summary: "try again what the box does without",
  description:
    "Plugins come out of quarantine and run where they ran, and the pipeline that was kept starts. If the box goes down again and again with them, it comes back to safe mode.",
  options: { data: DATA_OPTION, json: JSON_OPTION },
  examples: ["stagebox safe-mode leave"],
  async run({ options, output }) {
    const { leaveSafeMode } = await import("../safe-mode.ts");
    return leaveSafeMode({ data: options.data ?? defaultDataFolder(), json: options.json, output });
  },
});
