// SPDX-License-Identifier: Apache-2.0
//
// A plugin is tried out before it is put in place: the quick form of `stagebox plugin check`, in the sandbox that it
// would run in.
import { type Problem, ProblemsError } from "../../pipeline/problem.ts";
import type { FoundPlugin } from "../../plugins/plugin.ts";
import { checkPlugin } from "../plugin-check/check-plugin.ts";
import { permissionWords } from "./permissions.ts";

/** Throws ProblemsError to keep it out. One that asks for permissions has none yet, and may not work without them: it
 * is not tried. */
export async function preflight(plugin: FoundPlugin, signal: AbortSignal): Promise<void> {
  const { id, permissions } = plugin.manifest;
  const asked = permissionWords(permissions);
  if (asked.length > 0) {
    console.error(
      `note: ${id} is not tried, since it asks for ${asked.join(", ")}: stagebox plugin check tries it with that`,
    );
    return;
  }
  const seed = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
  const problems: Problem[] = [];
  try {
    for await (const { stage, case: name, result, reason } of checkPlugin(plugin, { seed, quick: true, signal }))
      if (result === "failed") problems.push({ message: `${stage ?? id}: ${name}: ${reason}` });
  } catch (error) {
    if (signal.aborted || error instanceof ProblemsError) throw error;
    problems.push({ message: `${id} could not be tried (${(error as Error).message})` });
  }
  if (problems.length === 0) return;
  const remedy = `it stays out; stagebox plugin check --quick --seed ${seed} tells more, and --unchecked lets it in all the same`;
  throw new ProblemsError([...problems, { message: `${id} does not do what is demanded of a plugin: ${remedy}` }]);
}
