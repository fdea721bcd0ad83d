// SPDX-License-Identifier: Apache-2.0
import { DataFolder } from "../../store/folder.ts";
import { command } from "../command.ts";
import { defaultDataFolder } from "../default-data-folder.ts";
import { DATA_OPTION, JSON_OPTION } from "./shared-options.ts";

export const pluginCheck = command({
  name: "plugin check",
  summary: "hold a plugin against everything that is demanded of one",
  description: [
    "Reads the manifest and the files that it names; opens the library in the sandbox that it would have, each case in a process of its own, and tries every stage and source that it registers: block lengths, silence and bad numbers, memory bounds, allocation and blocking calls in process, leaks, state, what a block costs on this machine. Then runs the pipelines that the plugin brings as tests.",
    "With --dry-run none of it is run: what is said comes from the manifest, the files, and the library's file as such.",
    "What is random comes from the seed, which is printed: the same seed tries the same again.",
  ].join("\n\n"),
  operand: {
    placeholder: "DIR|ID",
    least: 0,
    most: 1,
    description:
      "a plugin's folder, or the id of one that is installed; without it, the folder that you are in; with --all a folder of plugins, without it all that the box would find",
  },
  options: {
    seed: {
      kind: "number",
      placeholder: "N",
      minimum: 0,
      maximum: 2 ** 32 - 1,
      whole: true,
      description: "of an earlier check, to repeat it",
    },
    stage: { kind: "text", placeholder: "TYPE", description: "only this one of its stages and sources" },
    quick: { kind: "flag", description: "one kind of signal instead of several, and less of it" },
    "dry-run": { kind: "flag", description: "run none of it" },
    all: { kind: "flag", description: "every version of every plugin; with --json a line each" },
    json: JSON_OPTION,
    data: DATA_OPTION,
  },
  examples: [
    "stagebox plugin check plugins/gain",
    "stagebox plugin check --quick --stage smooth_gain",
    "stagebox plugin check --all --dry-run",
  ],
  async run({ operands: [plugin], options, output, signal }) {
    const { runPluginCheck } = await import("../plugin-check/plugin-check.ts");
    const { seed, stage, quick, all, "dry-run": dry_run, json } = options;
    const data = new DataFolder(options.data ?? defaultDataFolder());
    return runPluginCheck({ plugin, all, dry_run, seed, stage, quick, json, data, output, signal });
  },
});
