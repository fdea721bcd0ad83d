// SPDX-License-Identifier: Apache-2.0

/** How long to wait before the next attempt: twice as long after each, up to a limit. */
export class Backoff {
  #attempts = 0;

  constructor(
    private readonly first_ms: number,
    private readonly most_ms: number,
  ) {}

  next(): number {
    return Math.min(this.most_ms, this.first_ms * 2 ** this.#attempts++);
  }

  reset(): void {
    this.#attempts = 0;
  }
}
