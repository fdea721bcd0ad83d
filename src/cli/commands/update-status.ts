// SPDX-License-Identifier: Apache-2.0
import { command } from "../command.ts";
import { BOX_OPTION, DATA_OPTION, JSON_OPTION, TOKEN_OPTION } from "./shared-options.ts";

export const updateStatus = command({
  name: "update status",
  summary: "say how far an update is, and how those before it went",
  description:
    "Says how far an appliance's update is, and how those before it went. Without --url it is the box that runs on this machine.",
  options: { url: BOX_OPTION, token: TOKEN_OPTION, json: JSON_OPTION, data: DATA_OPTION },
  examples: ["stagebox update status --url stagebox.local --token TOKEN"],
  async run({ options: { url, token, json, data }, output }) {
    const { showStatus } = await import("../update/status.ts");
    return showStatus({ box: { url, token, data }, json, output });
  },
});
