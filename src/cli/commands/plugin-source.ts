// SPDX-License-Identifier: Apache-2.0
import { command } from "../command.ts";
import { defaultDataFolder } from "../default-data-folder.ts";
import { DATA_OPTION } from "./shared-options.ts";

export const pluginSource = command({
  name: "plugin source",
  summary: "say in which indexes this box looks for plugins",
  description: [
    "Adds an index that somebody made with `stagebox plugin index`: its web address, or a path to it on a disk or stick. It has to be signed with the key that --key names, or else with one that the box trusts. Without ADDRESS, lists those that there are.",
    "A plugin's id belongs to the index that was added first.",
  ].join("\n\n"),
  operand: { placeholder: "ADDRESS", least: 0, most: 1, description: "http(s) or a path, of index.json or its folder" },
  options: {
    key: { kind: "text", placeholder: "FILE.pub", description: "the public key of its keeper, and no other" },
    remove: { kind: "flag", description: "look there no longer" },
    data: DATA_OPTION,
  },
  examples: [
    "stagebox plugin source https://example.org/plugins --key keeper.pub",
    "stagebox plugin source /media/usb",
  ],
  async run({ operands: [address], options: { key, remove, data = defaultDataFolder() }, output, signal }) {
    const { addSource, listSources, removeSource } = await import("../plugin/index-source.ts");
    if (address === undefined) return listSources(data, output);
    return remove ? removeSource(address, data, output) : addSource(address, key, data, output, signal);
  },
});
