// SPDX-License-Identifier: Apache-2.0

/** Of what a plugin publishes, and a component writes to its log: so much a second, and so much at once. */
export const PUBLISHING = { rate: 200, burst: 400, chars: 1024 };

/** What is taken grows again as time goes by. */
export class Allowance {
  #left = PUBLISHING.burst;
  #at = performance.now();

  /** False: there is not so much left. A long text counts as several. */
  take(text: string): boolean {
    const now = performance.now();
    const cost = Math.max(1, text.length / PUBLISHING.chars);
    this.#left = Math.min(PUBLISHING.burst, this.#left + ((now - this.#at) * PUBLISHING.rate) / 1000);
    this.#at = now;
    if (this.#left < cost) return false;
    this.#left -= cost;
    return true;
  }
}
