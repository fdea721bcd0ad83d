// SPDX-License-Identifier: Apache-2.0
import { type Problem, ProblemsError } from "../../pipeline/problem.ts";
import { suggestion } from "../../pipeline/suggest.ts";
import { quote } from "../../pipeline/words.ts";
import { serverAddressComplaint } from "../manifest/rules.ts";
import type { PluginChoice, PluginView } from "../plugin.ts";
import { configValues } from "./library-options.ts";
import { grantProblems } from "./permissions.ts";

/** What makes no sense for this plugin. */
export function choiceProblems(plugin: PluginView, { granted, config, pinned }: Partial<PluginChoice>): Problem[] {
  const problems: Problem[] = granted ? grantProblems(plugin.permissions.asked, granted) : [];
  if (config) problems.push(...configProblems(plugin, config));
  const versions = plugin.versions.map(({ version }) => version);
  if (pinned && !versions.includes(pinned))
    problems.push({
      field: "/pinned",
      message: `there is no version ${quote(pinned)} of ${plugin.id}; ${suggestion(pinned, versions)}`,
    });
  return problems;
}

/** Throws ProblemsError for a choice that makes no sense for this plugin. */
export function checkChoice(plugin: PluginView, choice: Partial<PluginChoice>): void {
  const problems = choiceProblems(plugin, choice);
  if (problems.length > 0) throw new ProblemsError(problems);
}

function configProblems(
  { runtime, config: { schema } }: PluginView,
  config: PluginChoice["config"],
): readonly Problem[] {
  try {
    const { address } = configValues(schema, config);
    const complaint = runtime.address === undefined ? undefined : serverAddressComplaint(String(address));
    if (complaint === undefined) return [];
    return [{ field: "/config/address", message: `address ${quote(String(address))} ${complaint}` }];
  } catch (error) {
    if (error instanceof ProblemsError) return error.problems;
    throw error;
  }
}
