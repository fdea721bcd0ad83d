// SPDX-License-Identifier: Apache-2.0
//
// A group is a thread. One ring feeds it, so everything in it must descend from one producer outside: its entry.

interface Node {
  id: string;
  from: string;
  group: string;
}

export interface Groups<T> {
  /** The id of the producer outside that feeds each group. */
  entries: Map<string, string>;
  /** Nodes that would need a second entry into their group. */
  strays: T[];
}

export function findGroups<T extends Node>(nodes: readonly T[]): Groups<T> {
  const groupOf = new Map(nodes.map((node) => [node.id, node.group]));
  const entries = new Map<string, string>();
  const strays: T[] = [];
  for (const node of nodes) {
    if (groupOf.get(node.from) === node.group) continue;
    const entry = entries.get(node.group) ?? node.from;
    entries.set(node.group, entry);
    if (entry !== node.from) strays.push(node);
  }
  return { entries, strays };
}
