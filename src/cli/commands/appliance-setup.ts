// SPDX-License-Identifier: Apache-2.0
import { command } from "../command.ts";
import { DATA_OPTION, ROOT_OPTION } from "./shared-options.ts";

export const applianceSetup = command({
  name: "appliance setup",
  summary: "apply stagebox.toml from the card's FAT partition",
  description: [
    "Applies what stands in stagebox.toml, rpi-preseed.toml or custom.toml on the FAT partition and was not applied before, takes the secrets out of those files, and writes stagebox-status.txt beside them. The image runs it at every start, as root.",
    "What is wrong in a file is reported and left out; all else is applied.",
  ].join("\n\n"),
  options: {
    root: ROOT_OPTION,
    later: { kind: "flag", description: "do what had to wait for a network: plugins from the web" },
    "service-part": {
      kind: "flag",
      description: "do what standard input asks for in the data folder; run by the former as the service's user",
    },
    data: DATA_OPTION,
  },
  examples: ["sudo stagebox appliance setup"],
  async run({ options, output, signal }) {
    if (options["service-part"]) {
      const { serveOrder } = await import("../appliance/service-part.ts");
      return serveOrder(options.data, output, signal);
    }
    const { setUpAppliance } = await import("../appliance/setup.ts");
    return setUpAppliance(options.root ?? "/", options.later, output);
  },
});
