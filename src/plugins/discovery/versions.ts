// SPDX-License-Identifier: Apache-2.0
//
// Which version of each plugin is to run, and in which order they are loaded. A version that cannot run here, or whose
// dependencies cannot be met, gives way to the next older one; of what is left, every plugin gets the newest that those
// who depend on it all accept.
import { compareBuild, prerelease, satisfies } from "semver";
import { hostTriple } from "../../triple.ts";
import { version as boxVersion } from "../../version.ts";
import { isEnabled } from "../choices/permissions.ts";
import { kindProblem } from "../manifest/kinds.ts";
import type { FoundPlugin, PluginChoice, PluginView } from "../plugin.ts";
import { dependencyOrder, findCycle } from "./dependency-order.ts";
import { libraryProblem } from "./plugin-library.ts";

/** Of native/include/stagebox/plugin.h. */
export const ABI_MAJOR = 1;
export const ABI_MINOR = 0;

export interface ChosenPlugin {
  id: string;
  /** The version that runs; if none can, the one that comes first. */
  plugin: FoundPlugin;
  /** Why none can run. */
  problem?: string;
  /** All of them, the preferred first. */
  versions: PluginView["versions"];
}

/** What runs where: Debian's name of the machine, and the version of Stagebox. */
export interface Machine {
  triple: string;
  stagebox: string;
}

export function thisMachine(): Machine {
  return { triple: hostTriple, stagebox: boxVersion };
}

/** One for each plugin id, those that others depend on first. A disabled plugin has a version too, but nobody can
 * depend on it. */
export function chooseVersions(
  found: readonly FoundPlugin[],
  choices: ReadonlyMap<string, PluginChoice>,
  machine: Machine = thisMachine(),
): ChosenPlugin[] {
  const candidates = [...Map.groupBy(found, (plugin) => plugin.manifest.id)].map(
    ([id, plugins]) => new Candidates(id, plugins, choices.get(id), machine),
  );
  const all = new Map(candidates.toSorted((a, b) => (a.id < b.id ? -1 : 1)).map((plugin) => [plugin.id, plugin]));
  while (settleDependencies(all));
  const chosen = [...all.values()].map((plugin) => plugin.result());
  return dependencyOrder(chosen, ({ id, plugin }) => [id, Object.keys(plugin.manifest.dependencies)]);
}

/** Why this version cannot run here, whatever else there is. */
export function incompatibility({ manifest, folder }: FoundPlugin, machine: Machine): string | undefined {
  const { requires } = manifest;
  // A development version of the box counts as that version.
  if (requires.stagebox && !satisfies(machine.stagebox, requires.stagebox, { includePrerelease: true }))
    return `needs Stagebox ${requires.stagebox}; this is ${machine.stagebox}`;
  const kind = kindProblem(manifest);
  if (kind !== undefined) return kind;
  const abi = Number.parseInt(requires.abi ?? `${ABI_MAJOR}`, 10);
  if (abi !== ABI_MAJOR) return `incompatible ABI ${abi} (core=${ABI_MAJOR})`;
  return libraryProblem(manifest, folder, machine.triple);
}

/** The versions of one plugin, in the order in which they are preferred. */
class Candidates {
  readonly #all: FoundPlugin[];
  readonly #problems = new Map<FoundPlugin, string>();
  /** The one that would run as things stand. */
  current: FoundPlugin | undefined;

  constructor(
    readonly id: string,
    found: FoundPlugin[],
    private readonly choice: PluginChoice | undefined,
    machine: Machine,
  ) {
    this.#all = found.toSorted(byPreference);
    for (const plugin of this.#all) {
      const problem = incompatibility(plugin, machine);
      if (problem !== undefined) this.#problems.set(plugin, problem);
    }
    this.pick([]);
  }

  get enabled(): boolean {
    return isEnabled(this.#all[0]?.manifest, this.choice ?? {});
  }

  dropCurrent(problem: string): void {
    if (this.current) this.#problems.set(this.current, problem);
  }

  /** Takes the version that is in most of the ranges, of several the first. Returns whether that is a change. */
  pick(ranges: readonly string[]): boolean {
    const before = this.current;
    const pinned = this.choice?.pinned;
    const suits = ({ manifest }: FoundPlugin) => ranges.filter((range) => satisfies(manifest.version, range)).length;
    this.current = this.#all
      .filter(
        (plugin) => !this.#problems.has(plugin) && (pinned ?? plugin.manifest.version) === plugin.manifest.version,
      )
      .reduce<FoundPlugin | undefined>((best, next) => (best && suits(best) >= suits(next) ? best : next), undefined);
    return this.current !== before;
  }

  result(): ChosenPlugin {
    const pinned = this.#all.find(({ manifest }) => manifest.version === this.choice?.pinned);
    const plugin = this.current ?? pinned ?? (this.#all[0] as FoundPlugin);
    const problem = this.current ? undefined : this.#whyNone(pinned);
    const versions = this.#all.map((it) => {
      const why = this.#problems.get(it);
      const { origin, folder, manifest } = it;
      return { version: manifest.version, origin, folder, active: it === this.current, ...(why && { problem: why }) };
    });
    return { id: this.id, plugin, ...(problem && { problem }), versions };
  }

  #whyNone(pinned: FoundPlugin | undefined): string {
    const wanted = this.choice?.pinned;
    if (pinned) return this.#problems.get(pinned) ?? "";
    if (wanted === undefined) return this.#problems.get(this.#all[0] as FoundPlugin) ?? "";
    const there = this.#all.map(({ manifest }) => manifest.version).join(", ");
    return `pinned to ${wanted}, which is not there; unpin it, or pin it to what is: ${there}`;
  }
}

/** Releases before pre-releases, newest first. */
function byPreference(a: FoundPlugin, b: FoundPlugin): number {
  const [left, right] = [a.manifest.version, b.manifest.version];
  const early = Number(prerelease(left) !== null) - Number(prerelease(right) !== null);
  return early || compareBuild(right, left);
}

interface Want {
  by: Candidates;
  version: string;
  id: string;
  range: string;
}

/** What the versions that would run want of each other, by the id that is wanted. */
function wantsAmong(all: ReadonlyMap<string, Candidates>): Map<string, Want[]> {
  const wants = [...all.values()].flatMap((by) => {
    if (!by.enabled || !by.current) return [];
    const { version, dependencies } = by.current.manifest;
    return Object.entries(dependencies).map(([id, range]): Want => ({ by, version, id, range }));
  });
  return Map.groupBy(wants, ({ id }) => id);
}

/** Gives every plugin the version that suits those who depend on it, then drops what cannot be satisfied; true if
 * something was dropped, so that the rest is to be looked at again. */
function settleDependencies(all: ReadonlyMap<string, Candidates>): boolean {
  let wants = wantsAmong(all);
  // One choice may change what is wanted of the next; in a circle this would go on for ever.
  for (let round = 0; round <= all.size; round++) {
    const changed = [...all.values()].filter((it) => it.pick((wants.get(it.id) ?? []).map(({ range }) => range)));
    if (changed.length === 0) break;
    wants = wantsAmong(all);
  }
  const flat = [...wants.values()].flat();
  const wanted = Map.groupBy(flat, ({ by }) => by.id);
  const cycle = findCycle([...wanted], ([id, its]) => [id, its.map((want) => want.id)]);
  if (cycle) return drop(cycle.map((id) => [all.get(id) as Candidates, `depends on itself: ${cycle.join(" -> ")}`]));
  const absent = flat.flatMap((want): Refusal[] => refusal(want, absence(all.get(want.id))));
  // Who drops out for these wants nothing any more, which may end a conflict.
  if (absent.length > 0) return drop(absent);
  return drop(flat.flatMap((want): Refusal[] => refusal(want, conflict(want, all, wants))));
}

type Refusal = [Candidates, string];

function refusal({ by, id, range }: Want, why: string | undefined): Refusal[] {
  return why === undefined ? [] : [[by, `needs ${id} ${range}, ${why}`]];
}

function drop(refusals: Refusal[]): boolean {
  for (const [plugin, words] of Map.groupBy(refusals, ([plugin]) => plugin))
    plugin.dropCurrent([...new Set(words.map(([, word]) => word))].join("; "));
  return refusals.length > 0;
}

function absence(target: Candidates | undefined): string | undefined {
  if (!target) return "which is not installed";
  if (!target.enabled) return "which is disabled; enable it";
  return target.current ? undefined : `which cannot run: ${target.result().problem}`;
}

/** Another version runs than is wanted, maybe because of somebody else. */
function conflict(want: Want, all: ReadonlyMap<string, Candidates>, wants: Map<string, Want[]>): string | undefined {
  const version = all.get(want.id)?.current?.manifest.version ?? "";
  if (satisfies(version, want.range)) return undefined;
  const others = (wants.get(want.id) ?? []).filter(({ range }) => satisfies(version, range));
  const because = others.map((other) => `${other.by.id} ${other.version} wants ${other.range}`).join(", ");
  return `but ${want.id} ${version} runs${because && `, as ${because}`}`;
}
