// SPDX-License-Identifier: Apache-2.0
import { command } from "../command.ts";
import { SECRET_KEY_OPTION } from "./shared-options.ts";

export const pluginSign = command({
  name: "plugin sign",
  summary: "sign a packed plugin",
  description:
    "Puts SHA256SUMS.minisig into a bundle: a signature over the list of its files. minisign verifies it, too. A key's password is asked for, or read from STAGEBOX_KEY_PASSWORD.",
  operand: { placeholder: "BUNDLE", least: 1, most: 1, description: "as stagebox plugin pack makes it" },
  options: { key: SECRET_KEY_OPTION },
  examples: ["stagebox plugin sign gain-1.0.0.zip --key me.key"],
  async run({ operands: [bundle = ""], options: { key }, output }) {
    const { signPlugin } = await import("../plugin/bundle.ts");
    return signPlugin(bundle, key, output);
  },
});
