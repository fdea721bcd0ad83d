// SPDX-License-Identifier: Apache-2.0
import { ProblemsError } from "../../pipeline/problem.ts";
import { command } from "../command.ts";
import { defaultDataFolder } from "../default-data-folder.ts";
import { DATA_OPTION, SECRET_KEY_OPTION } from "./shared-options.ts";

export const pluginRate = command({
  name: "plugin rate",
  summary: "say what you think of a plugin",
  description: [
    "Notes down on this box how good a plugin is. Nothing is sent anywhere: --export writes all ratings, signed with your key, into a file for whoever keeps an index; who counts it in is theirs to say.",
    "Without ID, lists your ratings.",
  ].join("\n\n"),
  operand: { placeholder: "ID 1..5", least: 0, most: 2, description: "a plugin that is installed, and how good it is" },
  options: {
    export: { kind: "text", placeholder: "FILE", description: "where to; FILE.minisig stands beside it" },
    key: SECRET_KEY_OPTION,
    data: DATA_OPTION,
  },
  examples: ["stagebox plugin rate gain 5", "stagebox plugin rate --export anna.json --key anna.key"],
  async run({ operands: [id, stars], options: { export: file, key, data = defaultDataFolder() }, output }) {
    const { listRatings, rate, saveRatings } = await import("../plugin/rate.ts");
    if (file !== undefined) return saveRatings(file, key, data, output);
    if (id === undefined) return listRatings(data, output);
    if (stars === undefined) throw new ProblemsError([{ message: `how good is it? stagebox plugin rate ${id} 1..5` }]);
    return rate(id, stars, data, output);
  },
});
