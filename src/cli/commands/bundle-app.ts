// SPDX-License-Identifier: Apache-2.0
import { version } from "../../version.ts";
import { command } from "../command.ts";
import { KEY_OPTION, MINIMUM_OPTION, OUT_OPTION } from "./bundle-options.ts";

export const bundleApp = command({
  name: "bundle app",
  summary: "make an update from an executable",
  description:
    "Packs and signs an executable as an update of the application alone. Appliances whose image holds the public half of the key take it: stagebox update FILE.",
  operand: { placeholder: "EXECUTABLE", least: 1, most: 1, description: "as npm run build makes it for the Pi" },
  options: {
    key: KEY_OPTION,
    out: OUT_OPTION,
    release: {
      kind: "text",
      placeholder: "VERSION",
      description: `its version; without it ${version}, this one's own`,
    },
    minimum: MINIMUM_OPTION,
  },
  examples: ["stagebox bundle app dist/stagebox-linux-arm64 --key dist/image/keys/update.pem"],
  async run({ operands: [executable = ""], options: { key, out, release = version, minimum = "0.1.0" }, output }) {
    const { bundleExecutable } = await import("../bundle/bundle.ts");
    return bundleExecutable({ executable, key, out, release, minimum, output });
  },
});
