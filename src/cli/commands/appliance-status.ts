// SPDX-License-Identifier: Apache-2.0
import { command } from "../command.ts";
import { JSON_OPTION } from "./shared-options.ts";

export const applianceStatus = command({
  name: "appliance status",
  summary: "print what the box's screen shows",
  description:
    "On a box that was started from a Stagebox image: its address, state, pipeline, sign-in code, and what an operator should know. For root and the service's own user.",
  options: { json: JSON_OPTION },
  examples: ["sudo stagebox appliance status"],
  async run({ options, output }) {
    const { showStatus } = await import("../appliance/status.ts");
    return showStatus({ json: options.json, output });
  },
});
