// SPDX-License-Identifier: Apache-2.0

/** Changes that are made one after the other, in the order in which they were asked for. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Resolves or rejects as `change` does; one that fails holds up nobody. */
  take<T>(change: () => Promise<T>): Promise<T> {
    const result = this.#last.then(change);
    this.#last = result.catch(() => {});
    return result;
  }

  /** When all that was asked for so far is done, or has failed. */
  async settled(): Promise<void> {
    await this.#last;
  }
}
