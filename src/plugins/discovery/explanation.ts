// SPDX-License-Identifier: Apache-2.0
//
// Why a version was not chosen, in words, as things stand among those that were.
import { satisfies } from "semver";
import { findCycle } from "./dependency-order.ts";
import type { Candidate, Root, Want } from "./resolve.ts";

/** Of reasons of reasons; nobody reads on after that. */
const MOST_LINKS = 6;
const MOST_WANTS = 4;

interface Outcome<C> {
  /** Versions by id, the preferred first. */
  offers: ReadonlyMap<string, readonly C[]>;
  blocked: ReadonlyMap<string, string>;
  absent: string;
  chosen: ReadonlyMap<string, C>;
  /** Of those that were chosen. */
  wants: readonly Want<C>[];
}

export class Explanation<C extends Candidate> {
  readonly #wants: Map<string, Want<C>[]>;

  constructor(private readonly outcome: Outcome<C>) {
    this.#wants = Map.groupBy(outcome.wants, ({ id }) => id);
  }

  /** Undefined if nothing but a preference stands against it. */
  of(candidate: C, links = 0): string | undefined {
    if (candidate.problem !== undefined) return candidate.problem;
    const circle = this.#circle(candidate);
    if (circle) return circle;
    if (links > MOST_LINKS) return "needs what is not there";
    const needs = Object.entries(candidate.dependencies).flatMap(([id, range]) => {
      const why = this.#lack(id, range, candidate, links);
      return why === undefined ? [] : [`needs ${id} ${range}, ${why}`];
    });
    if (needs.length > 0) return needs.join("; ");
    const against = this.#against(candidate.id, candidate.version, candidate.id);
    return against.length > 0 ? `${against.join(", ")}` : undefined;
  }

  /** Why none of its versions was. */
  ofRoot({ id, range = "*" }: Root): string {
    const offers = this.outcome.offers.get(id) ?? [];
    if (offers.length === 0) return this.outcome.absent;
    const fitting = offers.filter(({ version }) => range === "*" || satisfies(version, range));
    if (!fitting[0]) return `${range} is wanted, and there is ${versionsOf(offers)}`;
    const blocked = this.outcome.blocked.get(id);
    if (blocked !== undefined) return blocked;
    const reasons = fitting.flatMap((candidate) => this.of(candidate) ?? []);
    return reasons[0] ?? this.#within(fitting[0]);
  }

  /** Why what it depends on is not to be had; undefined if it is. */
  #lack(id: string, range: string, by: C, links: number): string | undefined {
    const { offers, blocked, absent, chosen } = this.outcome;
    const all = offers.get(id) ?? [];
    if (all.length === 0) return `which ${absent}`;
    const block = blocked.get(id);
    if (block !== undefined) return `which ${block}`;
    const there = chosen.get(id);
    if (there && satisfies(there.version, range)) return undefined;
    const fitting = all.filter(({ version }) => satisfies(version, range));
    if (there) {
      const because = this.#for(id, there.version, by.id);
      const problem = fitting.find((it) => it.problem !== undefined)?.problem;
      const why = because.length > 0 ? `, as ${because.join(", ")}` : problem ? `: ${problem}` : "";
      return `but ${id} ${there.version} runs${why}`;
    }
    if (!fitting[0]) return `of which there is ${versionsOf(all)}`;
    const reason = fitting[0].problem ?? this.of(fitting[0], links + 1);
    return reason === undefined ? undefined : `which cannot run: ${reason}`;
  }

  /** Who wants what is met by a version. */
  #for(id: string, version: string, but: string): string[] {
    return this.#words(id, but, (want) => satisfies(version, want.range));
  }

  /** Who wants what is not. */
  #against(id: string, version: string, but: string): string[] {
    return this.#words(id, but, (want) => !satisfies(version, want.range));
  }

  /** `b 1.5.0 wants ^2.0.0 (b is wanted by c, c by d)` */
  #words(id: string, but: string, isMeant: (want: Want<C>) => boolean): string[] {
    const wants = (this.#wants.get(id) ?? []).filter((want) => want.by && want.by.id !== but && isMeant(want));
    const sorted = wants.toSorted((a, b) => (wanter(a) < wanter(b) ? -1 : 1));
    const words = sorted.slice(0, MOST_WANTS).map((want) => `${wanter(want)} wants ${want.range}${chainOf(want)}`);
    return wants.length > MOST_WANTS ? [...words, `and ${wants.length - MOST_WANTS} more`] : words;
  }

  /** What it needs exists, each for itself, and does not go together: who wants what of that. */
  #within(candidate: C): string {
    const wants = new Map<string, string[]>();
    const ahead: C[] = [candidate];
    const seen = new Set<string>([candidate.id]);
    for (let it = ahead.shift(); it && seen.size < 100; it = ahead.shift())
      for (const [id, range] of Object.entries(it.dependencies)) {
        wants.set(id, [...(wants.get(id) ?? []), `${range} by ${it.id} ${it.version}`]);
        const next = this.#preferred(id, range);
        if (next && !seen.has(id)) ahead.push(next);
        seen.add(id);
      }
    for (const { id, range, by } of this.outcome.wants)
      if (by && wants.has(id)) wants.get(id)?.push(`${range} by ${by.id} ${by.version}`);
    const contested = [...wants].filter(([, by]) => new Set(by.map((it) => it.split(" by ")[0])).size > 1);
    const words = contested.map(([id, by]) => `${id} is wanted ${[...new Set(by)].slice(0, MOST_WANTS).join(" and ")}`);
    return words.length > 0
      ? `does not go together with the rest: ${words.join("; ")}`
      : "is too entangled with the rest";
  }

  #circle(candidate: C): string | undefined {
    const links = (it: C): [string, string[]] => [it.id, Object.keys(it.dependencies)];
    const others = [...this.outcome.offers.keys()].flatMap((id) =>
      id === candidate.id ? [] : (this.#preferred(id) ?? []),
    );
    const cycle = findCycle([candidate, ...others], links);
    return cycle?.[0] === candidate.id ? `depends on itself: ${cycle.join(" -> ")}` : undefined;
  }

  #preferred(id: string, range = "*"): C | undefined {
    const usable = (this.outcome.offers.get(id) ?? []).filter((it) => it.problem === undefined);
    return usable.find(({ version }) => satisfies(version, range)) ?? usable[0];
  }
}

function wanter({ by }: Want<Candidate>): string {
  return `${by?.id} ${by?.version}`;
}

/** ` (b is wanted by c, c by d)`, where the one who wants is there for others. */
function chainOf({ by, since }: Want<Candidate>): string {
  const links: string[] = [];
  let id = by?.id;
  for (let want = since; want?.by && links.length < MOST_LINKS; want = want.since) {
    links.push(`${id}${links.length === 0 ? " is wanted" : ""} by ${want.by.id}`);
    id = want.by.id;
  }
  return links.length > 0 ? ` (${links.join(", ")})` : "";
}

function versionsOf(offers: readonly Candidate[]): string {
  return offers
    .slice(0, MOST_WANTS)
    .map(({ version }) => version)
    .join(", ");
}
