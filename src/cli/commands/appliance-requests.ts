// SPDX-License-Identifier: Apache-2.0
import { command } from "../command.ts";
import { ROOT_OPTION } from "./shared-options.ts";

export const applianceRequests = command({
  name: "appliance requests",
  summary: "do what the service asks the system for; as root, on an appliance",
  description:
    "Takes the requests that the service has left, checks each as a stranger's, does it, and says how it went. systemd starts it whenever there are some.",
  options: { root: ROOT_OPTION },
  examples: ["stagebox appliance requests"],
  async run({ options: { root = "/" } }) {
    const { runRequests } = await import("../appliance/requests.ts");
    return runRequests(root);
  },
});
