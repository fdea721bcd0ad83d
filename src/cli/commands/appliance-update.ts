// SPDX-License-Identifier: Apache-2.0
import { command } from "../command.ts";
import { ROOT_OPTION } from "./shared-options.ts";

export const applianceUpdate = command({
  name: "appliance update",
  summary: "see an update through; as root, on an appliance",
  description:
    "Goes on with an update from wherever it stands: watches what is on trial, then keeps it or takes it back. systemd starts it at every boot and when an update begins.",
  options: { root: ROOT_OPTION },
  examples: ["stagebox appliance update"],
  async run({ options: { root = "/" } }) {
    const { seeUpdateThrough } = await import("../appliance/update.ts");
    return seeUpdateThrough(root);
  },
});
