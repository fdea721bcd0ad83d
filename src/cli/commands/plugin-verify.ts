// SPDX-License-Identifier: Apache-2.0
import { command } from "../command.ts";
import { defaultDataFolder } from "../default-data-folder.ts";
import { DATA_OPTION, JSON_OPTION } from "./shared-options.ts";

export const pluginVerify = command({
  name: "plugin verify",
  summary: "tell whose a plugin is, and whether it is what they signed",
  description:
    "Holds every file of a bundle, a folder or an installed plugin against what was signed, and names all that differ: changed, missing, extra. Ends with 0 only where somebody whom the box trusts signed all of it.",
  operand: { placeholder: "BUNDLE|DIR|ID", least: 1, most: 1, description: "a zip file, a folder, or a plugin's id" },
  options: {
    key: {
      kind: "text",
      placeholder: "FILE.pub",
      description: "go by this public key, not by those that the box trusts",
    },
    json: JSON_OPTION,
    data: DATA_OPTION,
  },
  examples: ["stagebox plugin verify gain-1.0.0.zip", "stagebox plugin verify gain"],
  async run({ operands: [what = ""], options: { key, json, data = defaultDataFolder() }, output }) {
    const { verify } = await import("../plugin/verify.ts");
    return verify({ what, key, json, data, output });
  },
});
