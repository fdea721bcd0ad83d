// SPDX-License-Identifier: Apache-2.0
//
// Cores that the kernel was told to keep free (isolcpus=): nothing runs there but what asks for it. The groups that say
// nothing of cores ask for it here, those first that are nearest to the source, a core each: what has a core to itself
// is never kept waiting, and a second group on it would be. Which board has such a core is seen when a graph is made:
// the image's kernel command line is the same for all.
import { readFileSync } from "node:fs";
import type { PlanGroup } from "../pipeline/plan.ts";

const ISOLATED = "/sys/devices/system/cpu/isolated";

export function isolatedCores(): number[] {
  try {
    return parseCores(readFileSync(ISOLATED, "utf8"));
  } catch {
    return [];
  }
}

/** The kernel's way to write sets of cores: `3`, `1,3`, `2-3`, or nothing. */
export function parseCores(text: string): number[] {
  return text
    .trim()
    .split(",")
    .filter(Boolean)
    .flatMap((range) => {
      const [first = Number.NaN, last = first] = range.split("-").map(Number);
      return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    });
}

/** Group -> core, -1 for any. What a pipeline says of its cores counts before all, and keeps others away from there. */
export function placeGroups(groups: readonly PlanGroup[], isolated: readonly number[]): Map<string, number> {
  const taken = new Set(groups.map(({ core }) => core));
  const free = isolated.filter((core) => !taken.has(core));
  const isSink = ({ nodes }: PlanGroup) => nodes.every(({ sink }) => sink);
  return new Map(
    groups.map((group) => [group.name, group.core >= 0 || isSink(group) ? group.core : (free.shift() ?? group.core)]),
  );
}
