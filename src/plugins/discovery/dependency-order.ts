// SPDX-License-Identifier: Apache-2.0

/** An item's id and the ids of those it depends on. */
type Links<T> = (item: T) => [id: string, dependencies: string[]];

/** `[a, b, a]` if a depends on b and b on a; of several the first. */
export function findCycle<T>(items: readonly T[], links: Links<T>): string[] | undefined {
  const graph = new Map(items.map(links));
  const done = new Set<string>();
  const path: string[] = [];
  for (const start of graph.keys()) {
    // By hand, as a chain may be longer than the stack; undefined: the last of the path is done with.
    const ahead: (string | undefined)[] = [start];
    while (ahead.length > 0) {
      const id = ahead.pop();
      if (id === undefined) {
        done.add(path.pop() as string);
        continue;
      }
      if (path.includes(id)) return [...path.slice(path.indexOf(id)), id];
      if (done.has(id) || !graph.has(id)) continue;
      path.push(id);
      ahead.push(undefined, ...(graph.get(id) as string[]));
    }
  }
  return undefined;
}

/** Those that others depend on before those others; otherwise as they come. Circles are cut somewhere. */
export function dependencyOrder<T>(items: readonly T[], links: Links<T>): T[] {
  const graph = new Map(items.map((item) => [links(item)[0], { item, dependencies: links(item)[1] }]));
  const ordered = new Set<T>();
  const entered = new Set<string>();
  for (const start of graph.keys()) {
    const ahead = [start];
    while (ahead.length > 0) {
      const id = ahead.at(-1) as string;
      const node = graph.get(id);
      if (node && !entered.has(id)) {
        entered.add(id);
        ahead.push(...node.dependencies.filter((it) => graph.has(it) && !entered.has(it)).toReversed());
      } else {
        ahead.pop();
        if (node) ordered.add(node.item);
      }
    }
  }
  return [...ordered];
}
