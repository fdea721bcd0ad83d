// SPDX-License-Identifier: Apache-2.0
/** Which group gets a core that is kept free. */
import { describe, expect, test } from "bun:test";
import type { PlanGroup } from "../../src/pipeline/plan.ts";
import { parseCores, placeGroups } from "../../src/runtime/isolated-cores.ts";

test("reads sets of cores as the kernel writes them", () => {
  expect(["\n", "3\n", "1,3\n", "2-3\n", "0,2-4\n"].map(parseCores)).toEqual([[], [3], [1, 3], [2, 3], [0, 2, 3, 4]]);
});

describe("a core that is kept free", () => {
  const group = (name: string, core = -1, sink = false): PlanGroup => ({
    name,
    entry: "board",
    nodes: [{ id: name, type: "gain", params: {}, upstream: "board", group: name, ...(sink && { sink }) }],
    core,
  });
  const place = (groups: PlanGroup[], isolated: number[]) => [...placeGroups(groups, isolated)];

  test("goes to the group nearest to the source, and to nobody where there is none", () => {
    const groups = [group("main"), group("slow")];
    expect(place(groups, [3])).toEqual([
      ["main", 3],
      ["slow", -1],
    ]);
    expect(place(groups, [])).toEqual([
      ["main", -1],
      ["slow", -1],
    ]);
  });

  test("goes to a second group where there are two, and never to one that only writes", () => {
    expect(place([group("sink:file", -1, true), group("main"), group("slow")], [2, 3])).toEqual([
      ["sink:file", -1],
      ["main", 2],
      ["slow", 3],
    ]);
  });

  test("is left to the group whose pipeline names it", () => {
    expect(place([group("main"), group("slow", 3)], [3])).toEqual([
      ["main", -1],
      ["slow", 3],
    ]);
    expect(place([group("main", 0)], [3])).toEqual([["main", 0]]);
  });
});
