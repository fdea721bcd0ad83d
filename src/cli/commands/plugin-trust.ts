// SPDX-License-Identifier: Apache-2.0
import { command } from "../command.ts";
import { defaultDataFolder } from "../default-data-folder.ts";
import { DATA_OPTION } from "./shared-options.ts";

export const pluginTrust = command({
  name: "plugin trust",
  summary: "say whose plugins may run inside the service",
  description: [
    "Puts a public key among those that the box trusts, in trusted-keys of the data folder. What it signed may run inside the service, if its manifest asks for that and `stagebox plugin enable --trust` says so; everything else runs in a process of its own.",
    "Without KEY, lists those that are trusted. A running box takes note at once.",
  ].join("\n\n"),
  operand: {
    placeholder: "KEY",
    least: 0,
    most: 1,
    description: "a file such as me.pub, the line in it, or with --remove a name from the list",
  },
  options: {
    name: { kind: "text", placeholder: "NAME", description: "what it is called here; without it as its file" },
    remove: { kind: "flag", description: "trust it no longer" },
    data: DATA_OPTION,
  },
  examples: ["stagebox plugin trust me.pub", "stagebox plugin trust me --remove"],
  async run({ operands: [key], options: { name, remove, data = defaultDataFolder() }, output }) {
    const { distrustKey, listKeys, trustKey } = await import("../plugin/trust.ts");
    if (key === undefined) return listKeys(data, output);
    return remove ? distrustKey(key, data, output) : trustKey(key, name, data, output);
  },
});
