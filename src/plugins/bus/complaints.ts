// SPDX-License-Identifier: Apache-2.0

const TELL_EVERY_MS = 10_000;

/** What a plugin goes on doing wrong is told once in a while, with how often it was. */
export class Complaints {
  #kinds = new Map<string, { at: number; untold: number }>();

  constructor(private readonly tell: (message: string) => void) {}

  add(kind: string, message: string): void {
    const now = performance.now();
    const known = this.#kinds.get(kind);
    if (known && now - known.at < TELL_EVERY_MS) {
      known.untold++;
      return;
    }
    this.tell(known?.untold ? `${message}; and ${known.untold} more of the kind before` : message);
    this.#kinds.set(kind, { at: now, untold: 0 });
  }
}
