// SPDX-License-Identifier: Apache-2.0

/** Acts on all side by side, and on each only when that is done for those that come before it, which stand before it in
 * `items`, too. */
export async function inTurn<T extends { id: string }>(
  items: readonly T[],
  before: (item: T) => readonly string[],
  act: (item: T) => Promise<void>,
): Promise<void> {
  const acts = new Map<string, Promise<void>>();
  for (const item of items) {
    const waits = before(item).map((id) => acts.get(id));
    acts.set(
      item.id,
      Promise.all(waits).then(() => act(item)),
    );
  }
  await Promise.all(acts.values());
}
