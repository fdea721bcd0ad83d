// SPDX-License-Identifier: Apache-2.0

interface Node {
  id: string;
  from: string;
}

/**
 * Sorts nodes so that each one's `from` stands before it, otherwise as they came. What hangs on a cycle is left out,
 * and each cycle is returned as a chain that ends where it began: `["a", "b", "a"]`, b taking its input from a.
 */
export function sortByUpstream<T extends Node>(nodes: readonly T[]): { sorted: T[]; cycles: string[][] } {
  const waiting = new Map(nodes.map((node) => [node.id, node]));
  const sorted: T[] = [];
  // One input each: the graph is a forest, and the first node in the list that is ready comes next.
  for (let next = ready(waiting); next; next = ready(waiting)) {
    waiting.delete(next.id);
    sorted.push(next);
  }
  return { sorted, cycles: findCycles(waiting) };
}

function ready<T extends Node>(waiting: ReadonlyMap<string, T>): T | undefined {
  for (const node of waiting.values()) if (!waiting.has(node.from)) return node;
  return undefined;
}

function findCycles(waiting: ReadonlyMap<string, Node>): string[][] {
  const cycles: string[][] = [];
  const visited = new Set<string>();
  for (const start of waiting.keys()) {
    const trail: string[] = [];
    let id = start;
    while (!visited.has(id)) {
      visited.add(id);
      trail.push(id);
      id = waiting.get(id)?.from ?? id;
    }
    const begin = trail.indexOf(id);
    if (begin >= 0) cycles.push([id, ...trail.slice(begin).reverse()]);
  }
  return cycles;
}
