// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { satisfies } from "semver";
import { type Candidate, type Root, resolve } from "../../../src/plugins/discovery/resolve.ts";

/** `candidate("a 1.0.0", { b: "^1" })` */
function candidate(name: string, dependencies: Record<string, string> = {}, problem?: string): Candidate {
  const [id = "", version = ""] = name.split(" ");
  return { id, version, dependencies, ...(problem && { problem }) };
}

function outcome(roots: string[], candidates: Candidate[], blocked: Record<string, string> = {}) {
  const wanted = roots.map((root): Root => {
    const [id = "", range] = root.split(/ (.*)/s);
    return { id, ...(range && { range }) };
  });
  const { chosen, refused, passedOver } = resolve(wanted, candidates, new Map(Object.entries(blocked)));
  return {
    chosen: [...chosen.values()].map(({ id, version }) => `${id} ${version}`).toSorted(),
    refused: Object.fromEntries(refused),
    passedOver: Object.fromEntries([...passedOver].map(([{ id, version }, why]) => [`${id} ${version}`, why])),
  };
}

describe("a solution is found wherever there is one", () => {
  test("an older version makes room for what somebody else wants", () => {
    const all = [
      candidate("a 2.0.0", { b: ">=2" }),
      candidate("a 1.0.0", { b: "*" }),
      candidate("c 1.0.0", { b: "<2" }),
      ...[candidate("b 1.0.0"), candidate("b 2.0.0")],
    ];
    expect(outcome(["a", "b", "c"], all)).toEqual({
      chosen: ["a 1.0.0", "b 1.0.0", "c 1.0.0"],
      refused: {},
      passedOver: {
        "a 2.0.0": "needs b >=2, but b 1.0.0 runs, as c 1.0.0 wants <2",
        "b 2.0.0": "c 1.0.0 wants <2",
      },
    });
  });

  test("over three plugins, each of which must go back", () => {
    const all = [1, 2, 3].flatMap((major) => [
      candidate(`a ${major}.0.0`, { b: `^${major}.0.0` }),
      candidate(`b ${major}.0.0`, { c: `^${major}.0.0` }),
      candidate(`c ${major}.0.0`, {}, major === 3 ? "is for another machine" : undefined),
    ]);
    expect(outcome(["a", "b", "c"], [...all, candidate("d 1.0.0", { c: "<2" })]).chosen).toEqual([
      "a 2.0.0",
      "b 2.0.0",
      "c 2.0.0",
    ]);
    expect(outcome(["a", "d"], [...all, candidate("d 1.0.0", { c: "<2" })]).chosen).toEqual([
      ...["a 1.0.0", "b 1.0.0", "c 1.0.0", "d 1.0.0"],
    ]);
  });

  test("a way around a circle", () => {
    const all = [candidate("a 2.0.0", { b: "*" }), candidate("a 1.0.0"), candidate("b 1.0.0", { a: "*" })];
    expect(outcome(["a", "b"], all)).toMatchObject({
      chosen: ["a 1.0.0", "b 1.0.0"],
      passedOver: { "a 2.0.0": "depends on itself: a -> b -> a" },
    });
  });

  test("what nobody asked for comes only where it is needed", () => {
    const all = [candidate("a 1.0.0", { b: "^1.0.0" }), candidate("b 1.4.0"), candidate("c 1.0.0")];
    expect(outcome(["a >=1"], all).chosen).toEqual(["a 1.0.0", "b 1.4.0"]);
  });
});

describe("where there is none, it is said why", () => {
  test("with the chain that led there", () => {
    const all = [
      candidate("a 1.0.0", { gain: ">=2" }),
      candidate("b 1.0.0", { gain: "<2" }),
      candidate("c 1.0.0", { b: "*" }),
      candidate("d 1.0.0", { c: "^1.0.0" }),
      ...[candidate("gain 1.0.0"), candidate("gain 2.0.0")],
    ];
    expect(outcome(["a", "d"], all)).toEqual({
      chosen: ["b 1.0.0", "c 1.0.0", "d 1.0.0", "gain 1.0.0"],
      refused: { a: "needs gain >=2, but gain 1.0.0 runs, as b 1.0.0 wants <2 (b is wanted by c, c by d)" },
      passedOver: {
        "a 1.0.0": "needs gain >=2, but gain 1.0.0 runs, as b 1.0.0 wants <2 (b is wanted by c, c by d)",
        "gain 2.0.0": "b 1.0.0 wants <2 (b is wanted by c, c by d)",
      },
    });
  });

  test.each<[string, Candidate[], string]>([
    ["not there", [], "is not installed"],
    ["not in the range", [candidate("a 2.0.0"), candidate("a 1.0.0")], ">=9 is wanted, and there is 2.0.0, 1.0.0"],
    ["of no use here", [candidate("a 9.0.0", {}, "needs Stagebox >=4")], "needs Stagebox >=4"],
    [
      "a link away",
      [candidate("a 9.0.0", { b: "*" }), candidate("b 1.0.0", { gone: "^1" })],
      "needs b *, which cannot run: needs gone ^1, which is not installed",
    ],
    [
      "of the wrong version",
      [candidate("a 9.0.0", { b: "^2" }), candidate("b 1.0.0")],
      "needs b ^2, of which there is 1.0.0",
    ],
    [
      "switched off",
      [candidate("a 9.0.0", { off: "*" }), candidate("off 1.0.0")],
      "needs off *, which is disabled; enable it",
    ],
    [
      "at odds within",
      [
        ...[
          candidate("a 9.0.0", { b: "*", c: "*" }),
          candidate("b 1.0.0", { s: "^1" }),
          candidate("c 1.0.0", { s: "^2" }),
        ],
        ...[candidate("s 1.0.0"), candidate("s 2.0.0")],
      ],
      "does not go together with the rest: s is wanted ^1 by b 1.0.0 and ^2 by c 1.0.0",
    ],
  ])("%s", (_, candidates, words) => {
    const { refused, chosen } = outcome(["a >=9"], candidates, { off: "is disabled; enable it" });
    expect([refused, chosen]).toEqual([{ a: words }, []]);
  });

  test("to a pin that stands against it", () => {
    const all = [
      candidate("a 1.0.0", { b: "^2" }),
      candidate("b 2.0.0", {}, "b is pinned to 1.0.0"),
      candidate("b 1.0.0"),
    ];
    expect(outcome(["a", "b"], all)).toMatchObject({
      chosen: ["b 1.0.0"],
      refused: { a: "needs b ^2, but b 1.0.0 runs: b is pinned to 1.0.0" },
    });
  });
});

const id = fc.constantFrom("a", "b", "c", "d");
const version = fc.constantFrom("1.0.0", "1.1.0", "2.0.0");
const range = fc.constantFrom("*", "^1.0.0", "^2.0.0", ">=1.1.0", "<1.1.0");
const offers = fc.uniqueArray(
  fc
    .tuple(id, version, fc.dictionary(id, range, { maxKeys: 2, noNullPrototype: true }))
    .map(([id, version, dependencies]) => candidate(`${id} ${version}`, dependencies)),
  { maxLength: 9, selector: ({ id, version }) => `${id} ${version}` },
);

/** Every way to choose, tried one after the other: an answer found by other means. */
function ways(roots: readonly string[], all: readonly Candidate[]): Map<string, Candidate>[] {
  const byId = [...Map.groupBy(all, ({ id }) => id)];
  let choices: Candidate[][] = [[]];
  for (const [, versions] of byId) choices = choices.flatMap((it) => [it, ...versions.map((one) => [...it, one])]);
  return choices
    .map((it) => new Map(it.map((one) => [one.id, one])))
    .filter((it) => roots.every((id) => it.has(id)) && isSound(it));
}

function isSound(chosen: ReadonlyMap<string, Candidate>): boolean {
  const isMet = ([id, range]: [string, string]) => satisfies(chosen.get(id)?.version ?? "", range);
  const left = new Map(chosen);
  for (let count = 0; count !== left.size; ) {
    count = left.size;
    for (const [id, { dependencies }] of left)
      if (!Object.keys(dependencies).some((it) => left.has(it))) left.delete(id);
  }
  return left.size === 0 && [...chosen.values()].every(({ dependencies }) => Object.entries(dependencies).every(isMet));
}

test("it finds one exactly where trying everything does, and leaves out no more than it must", () => {
  let solved = 0;
  fc.assert(
    fc.property(offers, fc.uniqueArray(id, { minLength: 1 }), (all, roots) => {
      const { chosen, refused } = resolve(
        roots.map((id) => ({ id })),
        all,
      );
      expect(isSound(chosen)).toBe(true);
      const left = roots.filter((id) => refused.has(id));
      expect(roots.filter((id) => chosen.has(id) || refused.has(id))).toEqual(roots);
      expect(left.length === 0).toBe(ways(roots, all).length > 0);
      const kept = roots.filter((id) => !refused.has(id));
      for (const id of left) expect(ways([...kept, id], all)).toEqual([]);
      for (const why of refused.values()) expect(why).not.toBe("");
      solved += Number(left.length === 0 && chosen.size > 1);
    }),
    { numRuns: 3000 },
  );
  expect(solved).toBeGreaterThan(100);
}, 120_000);

test("an adversary's tangle costs no more than a moment", () => {
  const all = Array.from({ length: 26 * 8 }, (_, i) => {
    const [plugin, major] = [Math.floor(i / 8), i % 8];
    const next = (away: number) => `p${(plugin + away) % 26}`;
    return candidate(`p${plugin} ${major + 1}.0.0`, { [next(3)]: `<=${major + 1}`, [next(7)]: `>${major + 1}` });
  });
  const { chosen, refused } = resolve(
    Array.from({ length: 26 }, (_, i) => ({ id: `p${i}` })),
    all,
  );
  expect(isSound(chosen)).toBe(true);
  expect(chosen.size + refused.size).toBeGreaterThanOrEqual(26);
}, 30_000);
