// SPDX-License-Identifier: Apache-2.0
//
// Which versions go together: a function of what there is and what is wanted, that runs nothing and knows nothing of boxes.
// It tries versions in the order in which they are preferred and takes back what leads nowhere, so a solution is found
// wherever there is one. Where there is none for all that is wanted, what fits least with the rest stays out, and each that
// does is told why, with the chain that led there.
import { compareBuild, prerelease, satisfies } from "semver";
import { dependencyOrder } from "./dependency-order.ts";
import { Explanation } from "./explanation.ts";

/** One version of a plugin. */
export interface Candidate {
  readonly id: string;
  readonly version: string;
  /** Plugin id -> semver range. */
  readonly dependencies: Readonly<Record<string, string>>;
  /** Why it is no choice, whatever else there is. */
  readonly problem?: string | undefined;
  /** It is preferred to whatever is newer. */
  readonly kept?: boolean | undefined;
}

/** A plugin that shall run. */
export interface Root {
  readonly id: string;
  /** Any version will do, if absent. */
  readonly range?: string;
}

/** Who wants which versions of a plugin; a root is wanted by nobody. */
export interface Want<C> {
  readonly id: string;
  readonly range: string;
  readonly by?: C;
  /** For which `by` was chosen. */
  readonly since?: Want<C>;
}

export interface Resolution<C> {
  /** By id: those that are wanted and what they depend on. */
  chosen: Map<string, C>;
  /** Why versions that would have been preferred are not chosen. */
  passedOver: Map<C, string>;
  /** Wanted plugins of which no version can be chosen, and why not. */
  refused: Map<string, string>;
}

/** Versions tried, over all; then what is left is called too entangled. */
const MOST_STEPS = 100_000;

/** What is kept first, then releases before pre-releases, newest first. */
export function byPreference(a: Pick<Candidate, "version" | "kept">, b: Pick<Candidate, "version" | "kept">): number {
  const kept = Number(b.kept ?? false) - Number(a.kept ?? false);
  const early = Number(prerelease(a.version) !== null) - Number(prerelease(b.version) !== null);
  return kept || early || compareBuild(b.version, a.version);
}

/** `blocked`: plugins that are not to be chosen, whatever their version, and why: `is disabled; enable it`. `absent`: what is
 * said of one of which there is no version. */
export function resolve<C extends Candidate>(
  roots: readonly Root[],
  candidates: readonly C[],
  blocked: ReadonlyMap<string, string> = new Map(),
  absent = "is not installed",
): Resolution<C> {
  const offers = new Map(
    [...Map.groupBy(candidates, ({ id }) => id)].map(([id, all]) => [id, all.toSorted(byPreference)]),
  );
  const usable = (id: string) =>
    blocked.has(id) ? [] : (offers.get(id) ?? []).filter((it) => it.problem === undefined);
  const search = new Search(usable);
  const ordered = inOrder(roots, usable);
  let found = search.solve(ordered);
  const left = new Set<Root>();
  if (!found) {
    const kept: Root[] = [];
    for (const root of ordered)
      if (search.solve([...kept, root])) kept.push(root);
      else left.add(root);
    found = search.solve(kept) ?? { chosen: new Map(), wants: [] };
  }
  const { chosen, wants } = found;
  const explanation = new Explanation({ offers, blocked, absent, chosen, wants });
  const passedOver = new Map<C, string>();
  for (const id of new Set([...chosen.keys(), ...roots.map((root) => root.id)]))
    for (const candidate of offers.get(id) ?? []) {
      if (candidate === chosen.get(id)) break;
      const why = explanation.of(candidate);
      if (why !== undefined) passedOver.set(candidate, why);
    }
  return { chosen, passedOver, refused: new Map([...left].map((root) => [root.id, explanation.ofRoot(root)])) };
}

/** Those that depend come before what they depend on, since they are preferred new; what wants other than most want of
 * something comes last, so that it stays out, and not all others. */
function inOrder<C extends Candidate>(roots: readonly Root[], usable: (id: string) => readonly C[]): Root[] {
  const dependencies = ({ id }: Root) => Object.entries(usable(id)[0]?.dependencies ?? {});
  const ranges = Map.groupBy(roots.flatMap(dependencies), ([id]) => id);
  const preferred = new Map<string, string | undefined>();
  for (const [id, wanted] of ranges) {
    const votes = (version: string) => wanted.filter(([, range]) => satisfies(version, range)).length;
    const best = usable(id).reduce<C | undefined>(
      (best, next) => (best && votes(best.version) >= votes(next.version) ? best : next),
      undefined,
    );
    preferred.set(id, best?.version);
  }
  const oddities = (root: Root) =>
    dependencies(root).filter(([id, range]) => !satisfies(preferred.get(id) ?? "0.0.0", range)).length;
  const ordered = dependencyOrder(roots, (root) => [root.id, dependencies(root).map(([id]) => id)]).toReversed();
  const scores = new Map(ordered.map((root) => [root, oddities(root)]));
  return ordered.toSorted((a, b) => (scores.get(a) ?? 0) - (scores.get(b) ?? 0));
}

class Search<C extends Candidate> {
  #steps = 0;
  #chosen = new Map<string, C>();
  #agenda: Want<C>[] = [];

  constructor(private readonly usable: (id: string) => readonly C[]) {}

  solve(roots: readonly Root[]): { chosen: Map<string, C>; wants: Want<C>[] } | undefined {
    this.#chosen = new Map();
    this.#agenda = roots.map(({ id, range = "*" }) => ({ id, range }));
    return this.#settle(0) ? { chosen: this.#chosen, wants: this.#agenda } : undefined;
  }

  /** Chooses for each want of the agenda from `at` on; what is chosen adds its own behind it. */
  #settle(at: number): boolean {
    let next = at;
    while (next < this.#agenda.length && this.#chosen.has(this.#agenda[next]?.id as string)) next++;
    const want = this.#agenda[next];
    if (!want) return true;
    const ranges = this.#agenda.filter(({ id }) => id === want.id);
    for (const candidate of this.usable(want.id)) {
      if (!ranges.every((it) => isIn(candidate.version, it))) continue;
      if (++this.#steps > MOST_STEPS) return false;
      const before = this.#agenda.length;
      this.#chosen.set(want.id, candidate);
      for (const [id, range] of Object.entries(candidate.dependencies))
        this.#agenda.push({ id, range, by: candidate, since: want });
      const isMet = this.#agenda.slice(before).every((it) => {
        const there = this.#chosen.get(it.id);
        return there === undefined || isIn(there.version, it);
      });
      if (isMet && !this.#isCircle(candidate) && this.#settle(next + 1)) return true;
      this.#chosen.delete(want.id);
      this.#agenda.length = before;
    }
    return false;
  }

  /** What it depends on depends on it. */
  #isCircle(candidate: C): boolean {
    const ahead = Object.keys(candidate.dependencies);
    const seen = new Set<string>();
    for (let id = ahead.pop(); id !== undefined; id = ahead.pop()) {
      if (id === candidate.id) return true;
      if (seen.has(id)) continue;
      seen.add(id);
      ahead.push(...Object.keys(this.#chosen.get(id)?.dependencies ?? {}));
    }
    return false;
  }
}

/** A root that does not say takes pre-releases, too. */
function isIn(version: string, { range, by }: Want<Candidate>): boolean {
  return (by === undefined && range === "*") || satisfies(version, range);
}
