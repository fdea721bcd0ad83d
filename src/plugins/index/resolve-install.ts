// SPDX-License-Identifier: Apache-2.0
//
// What has to be installed so that what is wanted runs, and goes together with what runs already: resolve.ts over the
// versions of the indexes and those that lie here. What is there is kept where it does.
import { prerelease } from "semver";
import { ProblemsError } from "../../pipeline/problem.ts";
import { suggestion } from "../../pipeline/suggest.ts";
import { quote } from "../../pipeline/words.ts";
import { dependencyOrder } from "../discovery/dependency-order.ts";
import { type Candidate, resolve } from "../discovery/resolve.ts";
import { builtIn, type Machine, pinProblem, thisMachine, unmetRequirement } from "../discovery/versions.ts";
import type { PluginChoice } from "../plugin.ts";
import type { IndexedPlugin, IndexedVersion } from "./index-file.ts";

export interface WantedPlugin {
  id: string;
  /** semver; `*` for any. */
  range: string;
}

/** What there is on the box. */
export interface Present {
  /** Those that run, or would, are `kept`. */
  installed: readonly Candidate[];
  /** Plugins that nobody may depend on, and why. */
  blocked?: ReadonlyMap<string, string>;
  /** Pins count for what an index has, too. */
  choices?: ReadonlyMap<string, PluginChoice>;
}

export interface InstallStep {
  id: string;
  version: IndexedVersion;
}

interface Choosable extends Candidate {
  /** To be installed; absent: it is there. */
  step?: InstallStep;
}

/** In the order in which they are to be installed. Throws ProblemsError. */
export function resolveInstall(
  wanted: WantedPlugin,
  index: ReadonlyMap<string, IndexedPlugin>,
  present: Present,
  machine: Machine = thisMachine(),
): InstallStep[] {
  const { id } = wanted;
  // Whoever asks for it by name wants the newest; whoever only needs it is content with what is there.
  const installed = present.installed.map((it) => ({ ...it, kept: it.kept && it.id !== id }));
  const candidates: Choosable[] = [...installed, builtIn(machine)];
  for (const plugin of reachable(id, index, installed))
    for (const version of plugin.versions)
      if (!installed.some((it) => it.id === plugin.id && it.version === version.version && it.problem === undefined))
        candidates.push(offerOf(plugin.id, version, wanted, present, machine));
  if (!candidates.some((it) => it.id === id)) {
    const message = `${quote(id)} is in no index; ${suggestion(id, [...index.keys()])}`;
    throw new ProblemsError([{ message }]);
  }
  // What runs goes on running.
  const running = installed.filter(({ kept }) => kept).map((it) => ({ id: it.id }));
  const blocked = new Map([...(present.blocked ?? [])].filter(([other]) => other !== id));
  const { chosen, refused } = resolve([wanted, ...running], candidates, blocked, "is in no index");
  if (refused.size > 0) throw new ProblemsError(refusals(wanted, refused));
  const ordered = dependencyOrder([...chosen.values()], (it) => [it.id, Object.keys(it.dependencies)]);
  return ordered.flatMap(({ step }) => step ?? []);
}

/** What the index has of it, and of all that it may come to need. The rest stays as it is. */
function reachable(
  id: string,
  index: ReadonlyMap<string, IndexedPlugin>,
  installed: readonly Candidate[],
): IndexedPlugin[] {
  const known = Map.groupBy(installed, (it) => it.id);
  const ids = new Set([id]);
  for (const next of ids)
    for (const { dependencies } of [...(index.get(next)?.versions ?? []), ...(known.get(next) ?? [])])
      for (const needed of Object.keys(dependencies)) ids.add(needed);
  return [...ids].flatMap((it) => index.get(it) ?? []);
}

function offerOf(
  id: string,
  step: IndexedVersion,
  wanted: WantedPlugin,
  { choices }: Present,
  machine: Machine,
): Choosable {
  const { version, dependencies, machines, builds } = step;
  const isEarly = id === wanted.id && wanted.range === "*" && prerelease(version) !== null;
  const isFor = builds || machines.some((it) => it === machine.triple);
  const problem =
    unmetRequirement(step, machine) ??
    (isFor ? undefined : `brings nothing that runs on ${machine.triple}, nor sources`) ??
    pinProblem(id, version, choices?.get(id)) ??
    (isEarly ? `is a pre-release; ask for it as ${id}@${version}` : undefined);
  return { id, version, dependencies, problem, step: { id, version: step } };
}

function refusals({ id, range }: WantedPlugin, refused: ReadonlyMap<string, string>): { message: string }[] {
  const what = range === "*" ? id : `${id} ${range}`;
  const why = refused.get(id);
  if (why !== undefined) return [{ message: `${what}: ${why}` }];
  return [...refused].map(([other, words]) => ({ message: `with ${what}, ${other} could not run: ${words}` }));
}
