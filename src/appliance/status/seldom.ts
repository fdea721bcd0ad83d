// SPDX-License-Identifier: Apache-2.0

const PAUSE_MS = 5000;

/** A look that is taken now and then, however often it is asked for: what it sees changes with cables and leases, not from
 * one second to the next. */
export function seldom<Seen>(look: () => Seen, now_ms = () => performance.now()): () => Seen {
  let last: { seen: Seen; at_ms: number } | undefined;
  return () => {
    const at_ms = now_ms();
    if (!last || at_ms - last.at_ms >= PAUSE_MS) last = { seen: look(), at_ms };
    return last.seen;
  };
}
