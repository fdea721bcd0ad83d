// SPDX-License-Identifier: Apache-2.0
//
// What a running graph has to do without when a plugin goes.
import type { Components } from "../../native/catalog.ts";
import type { PatchAction } from "../../pipeline/patch.ts";
import type { Pipeline } from "../../pipeline/pipeline.ts";
import { ProblemsError } from "../../pipeline/problem.ts";

/** A patch that passes over the plugin's stages that run. Throws ProblemsError for those that cannot be. */
export function bypasses(
  plugin: string,
  { sources, stages, sinks }: Components,
  pipeline: Pipeline | undefined,
): PatchAction[] {
  if (!pipeline) return [];
  const specs = new Map(stages.map((spec) => [spec.type, spec]));
  const used = pipeline.stages.filter(({ type, bypass }) => !bypass && specs.has(type));
  const firm: { id: string; type: string }[] = used.filter(
    ({ type }) => specs.get(type)?.input !== specs.get(type)?.output,
  );
  firm.push(...pipeline.sinks.filter(({ type }) => sinks.some((spec) => spec.type === type)));
  const problems = firm.map((entry) => ({
    message: `${entry.id} (${entry.type}) of the running graph cannot do without ${plugin}; remove it first`,
  }));
  if (sources.some(({ type }) => type === pipeline.source.type))
    problems.push({ message: `the running graph has its signal from ${plugin}; stop it first` });
  if (problems.length > 0) throw new ProblemsError(problems);
  return used.map((stage) => ({ action: "bypass" as const, id: stage.id, bypass: true }));
}
