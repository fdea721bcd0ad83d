// SPDX-License-Identifier: Apache-2.0
//
// What has to be installed so that what is wanted runs: for each plugin one version that all accept who need it. What is
// there already is kept where it does. Where nothing fits, whoever asked hears along which chain the demands came.
import { compareBuild, satisfies } from "semver";
import { ProblemsError } from "../../pipeline/problem.ts";
import { suggestion } from "../../pipeline/suggest.ts";
import { quote } from "../../pipeline/words.ts";
import { ABI_MAJOR, type Machine, thisMachine } from "../discovery/versions.ts";
import type { IndexedPlugin, IndexedVersion } from "./index-file.ts";

export interface WantedPlugin {
  id: string;
  /** semver; `*` for any. */
  range: string;
}

/** A version that runs here now, or would. */
export interface InstalledPlugin {
  id: string;
  version: string;
  dependencies: Record<string, string>;
}

export interface InstallStep {
  id: string;
  version: IndexedVersion;
}

/** An index may be anybody's, and choosing versions can take for ever. */
const MOST_TRIES = 5000;

interface Need extends WantedPlugin {
  /** Who asks: `uplink 1.2.0`, behind those who asked for that; empty for what somebody typed. */
  chain: readonly Chosen[];
}

interface Chosen {
  id: string;
  version: string;
  dependencies: Record<string, string>;
  chain: readonly Chosen[];
  /** To be installed; absent: it is there. */
  step?: InstallStep;
}

/** In the order in which they are to be installed. Throws ProblemsError. */
export function resolveInstall(
  wanted: readonly WantedPlugin[],
  index: ReadonlyMap<string, IndexedPlugin>,
  installed: readonly InstalledPlugin[],
  machine: Machine = thisMachine(),
): InstallStep[] {
  const needs = wanted.map((it): Need => ({ ...it, chain: [] }));
  const found = new Resolution(index, installed, machine).settle(needs, new Map());
  if (typeof found === "string") throw new ProblemsError([{ message: found }]);
  return inOrder(found).flatMap(({ step }) => step ?? []);
}

class Resolution {
  #tries = 0;

  constructor(
    private readonly index: ReadonlyMap<string, IndexedPlugin>,
    private readonly installed: readonly InstalledPlugin[],
    private readonly machine: Machine,
  ) {}

  /** What is chosen in the end, or why nothing can be. */
  settle([need, ...rest]: readonly Need[], chosen: ReadonlyMap<string, Chosen>): ReadonlyMap<string, Chosen> | string {
    if (!need) return chosen;
    if (++this.#tries > MOST_TRIES) return "there are too many ways to choose versions; name the versions you want";
    if (need.chain.some(({ id }) => id === need.id)) return `${words(need)}: it depends on itself`;
    const has = chosen.get(need.id);
    if (has && satisfies(has.version, need.range)) return this.settle(rest, chosen);
    if (has) return `${words(need)}, but ${whoChose(has)}`;

    const { candidates, refusals } = this.#candidates(need);
    let first: string | undefined;
    for (const candidate of candidates) {
      const chain = [...need.chain, candidate];
      const further = Object.entries(candidate.dependencies).map(([id, range]): Need => ({ id, range, chain }));
      const found = this.settle([...rest, ...further], new Map([...chosen, [need.id, candidate]]));
      if (typeof found !== "string") return found;
      first ??= found;
    }
    return first ?? `${words(need)}, ${refusals}`;
  }

  /** The versions that this need can do with, the preferred first; and why there is none. */
  #candidates(need: Need): { candidates: Chosen[]; refusals: string } {
    const { id, range, chain } = need;
    const listed = this.index.get(id);
    const there = this.installed.find((it) => it.id === id);
    const isThere = there !== undefined && satisfies(there.version, range);
    const refusals: string[] = [];
    const offered = (listed?.versions ?? [])
      .toSorted((a, b) => compareBuild(b.version, a.version))
      .filter((it) => satisfies(it.version, range))
      .flatMap((it): Chosen[] => {
        const why =
          it.version === there?.version ? undefined : (this.#misfit(it) ?? this.#disagreement(id, it.version));
        if (why !== undefined) refusals.push(`${it.version} ${why}`);
        const isNew = it.version !== there?.version;
        const { version, dependencies } = it;
        return why === undefined
          ? [{ id, version, dependencies, chain, ...(isNew && { step: { id, version: it } }) }]
          : [];
      });
    const kept: Chosen[] = isThere ? [{ ...there, chain }] : [];
    // Whoever asks for it by name wants the newest; whoever only needs it is content with what is there.
    const candidates = chain.length === 0 ? [...offered, ...kept] : [...kept, ...offered];
    if (refusals.length > 0) return { candidates, refusals: `but ${refusals.join("; ")}` };
    const versions = [...(listed?.versions ?? []), ...(there ? [there] : [])].map(({ version }) => version);
    const none = `which is in no index${chain.length === 0 ? `; ${suggestion(id, this.index.keys())}` : ""}`;
    return {
      candidates,
      refusals: versions.length > 0 ? `of which there is ${[...new Set(versions)].join(", ")}` : none,
    };
  }

  #misfit({ stagebox, abi, machines, builds, kind }: IndexedVersion): string | undefined {
    const here = this.machine;
    if (stagebox && !satisfies(here.stagebox, stagebox, { includePrerelease: true }))
      return `needs Stagebox ${stagebox}; this is ${here.stagebox}`;
    if (abi && Number.parseInt(abi, 10) !== ABI_MAJOR) return `needs ABI ${abi}; this is ${ABI_MAJOR}`;
    if (kind === "native" && !builds && !machines.some((it) => it === here.triple))
      return `brings no library for ${here.triple}, nor sources`;
    return undefined;
  }

  /** Somebody who is here already can do with no such version. */
  #disagreement(id: string, version: string): string | undefined {
    const other = this.installed.find(
      ({ dependencies }) => id in dependencies && !satisfies(version, dependencies[id] ?? ""),
    );
    return other && `is not what ${other.id} ${other.version} needs, which is installed: ${other.dependencies[id]}`;
  }
}

/** `uplink 1.2.0 -> codec 2.0.0 needs filters ^3.0.0` */
function words({ id, range, chain }: Need): string {
  if (chain.length === 0) return range === "*" ? quote(id) : `${quote(id)} ${range}`;
  return `${chainWords(chain)} needs ${id} ${range}`;
}

function whoChose({ id, version, chain, step }: Chosen): string {
  if (chain.length === 0) return `${id} ${version} is what you asked for`;
  return `${chainWords(chain)} ${step ? "brings" : "goes with"} ${id} ${version}`;
}

function chainWords(chain: readonly Chosen[]): string {
  return chain.map(({ id, version }) => `${id} ${version}`).join(" -> ");
}

/** What others need before those others. */
function inOrder(chosen: ReadonlyMap<string, Chosen>): Chosen[] {
  const ordered = new Set<Chosen>();
  const visit = (it: Chosen): void => {
    for (const id of Object.keys(it.dependencies)) {
      const needed = chosen.get(id);
      if (needed && !ordered.has(needed)) visit(needed);
    }
    ordered.add(it);
  };
  for (const it of chosen.values()) visit(it);
  return [...ordered];
}
