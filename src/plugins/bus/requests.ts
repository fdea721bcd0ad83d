// SPDX-License-Identifier: Apache-2.0
//
// Requests to the services of one plugin that are under way.
import { ServiceError } from "./service-error.ts";

interface Pending {
  resolve(body: string): void;
  reject(error: ServiceError): void;
  timer: Timer;
}

const MOST_UNDER_WAY = 64;
const MOST_EXPIRED = 256;

export class Requests {
  #pending = new Map<number, Pending>();
  /** Nobody waits for them any more, and an answer may come all the same. */
  #expired = new Set<number>();
  #count = 0;

  /** `send` puts it on its way, by its number. Resolves to the body of the answer. Throws ServiceError. */
  add(words: string, timeout_ms: number, send: (number: number) => void): Promise<string> {
    if (this.#pending.size >= MOST_UNDER_WAY)
      throw new ServiceError("busy", `${words} is asked ${MOST_UNDER_WAY} times at once; try again in a moment`);
    const number = ++this.#count;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#expire(number);
        reject(new ServiceError("late", `${words} did not answer within ${timeout_ms / 1000} s`));
      }, timeout_ms);
      this.#pending.set(number, { resolve, reject, timer });
      send(number);
    });
  }

  /** False: nobody asked, or it is answered already. */
  settle(number: number, isWell: boolean, body: string): boolean {
    const pending = this.#take(number);
    if (!pending) return this.#expired.delete(number);
    if (isWell) pending.resolve(body);
    else pending.reject(new ServiceError("failed", body.slice(0, 4096)));
    return true;
  }

  /** Nobody is there to answer. */
  fail(message: string): void {
    for (const number of [...this.#pending.keys()]) this.#take(number)?.reject(new ServiceError("gone", message));
    this.#expired.clear();
  }

  #expire(number: number): void {
    this.#pending.delete(number);
    this.#expired.add(number);
    if (this.#expired.size > MOST_EXPIRED) this.#expired.delete(this.#expired.values().next().value as number);
  }

  #take(number: number): Pending | undefined {
    const pending = this.#pending.get(number);
    this.#pending.delete(number);
    clearTimeout(pending?.timer);
    return pending;
  }
}
