// SPDX-License-Identifier: Apache-2.0
import { command } from "../command.ts";
import { defaultDataFolder } from "../default-data-folder.ts";
import { DATA_OPTION } from "./shared-options.ts";

export const applianceCode = command({
  name: "appliance code",
  summary: "show a new sign-in code on the box's screen, and print it",
  description:
    "Whoever sends the code to POST /api/sign-in gets an admin's token. It serves once, and the one before it is worth nothing any more. For root and the service's own user.",
  options: { data: DATA_OPTION },
  examples: ["sudo stagebox appliance code"],
  async run({ options, output }) {
    const { showCode } = await import("../appliance/status.ts");
    return showCode({ data: options.data ?? defaultDataFolder(), output });
  },
});
