// SPDX-License-Identifier: Apache-2.0
import { command } from "../command.ts";

export const applianceAccessPoint = command({
  name: "appliance access-point",
  summary: "open a Wi-Fi network with the set-up page",
  description:
    "Opens a Wi-Fi network of the box's own and goes on until the box is in somebody else's. On an appliance stagebox-access-point.service does this when there has been no network for a minute. Needs root.",
  options: {},
  examples: ["systemctl start stagebox-access-point"],
  async run({ output, signal }) {
    const { runAccessPoint } = await import("../appliance/access-point.ts");
    return runAccessPoint(output, signal);
  },
});
