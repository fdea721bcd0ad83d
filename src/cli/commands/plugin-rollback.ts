// SPDX-License-Identifier: Apache-2.0

import { ProblemsError } from "../../pipeline/problem.ts";
import { command } from "../command.ts";
import { defaultDataFolder } from "../default-data-folder.ts";
import { DATA_OPTION, JSON_OPTION } from "./shared-options.ts";

export const pluginRollback = command({
  name: "plugin rollback",
  summary: "bring a whole set of plugins back",
  description:
    "Brings back the versions of an earlier generation and what was decided about them then, permissions and settings among it, while the pipeline runs on. What was installed since is kept, so that a further rollback can bring that back.",
  operand: { placeholder: "N", least: 0, most: 1, description: "a generation's number; without it, the one before" },
  options: { json: JSON_OPTION, data: DATA_OPTION },
  examples: ["stagebox plugin rollback", "stagebox plugin rollback 3"],
  async run({ operands: [typed], options: { json, data = defaultDataFolder() }, output }) {
    if (typed !== undefined && !/^\d{1,9}$/.test(typed))
      throw new ProblemsError([
        { message: `"${typed}" is no number of a generation; see stagebox plugin generations` },
      ]);
    const { rollback } = await import("../plugin/generations.ts");
    return rollback({ to: typed === undefined ? undefined : Number(typed), json, data, output });
  },
});
