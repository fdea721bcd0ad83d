// SPDX-License-Identifier: Apache-2.0
import { Backoff } from "./backoff.ts";

const RETRY_MS = { first: 1000, most: 60_000 };

/** What could not be loaded is tried again, after longer and longer pauses. */
export class LoadRetry {
  readonly #backoff = new Backoff(RETRY_MS.first, RETRY_MS.most);
  #next: { at: number; timer: Timer; fingerprint: string } | undefined;

  /** When, ISO 8601. */
  get at(): string | undefined {
    return this.#next && new Date(this.#next.at).toISOString();
  }

  /** Whether this is what waits for its next attempt. */
  isFor(fingerprint: string): boolean {
    return this.#next?.fingerprint === fingerprint;
  }

  schedule(fingerprint: string, load: () => void): void {
    this.forget();
    const wait_ms = this.#backoff.next();
    const timer = setTimeout(() => {
      this.#next = undefined;
      load();
    }, wait_ms);
    this.#next = { at: Date.now() + wait_ms, timer, fingerprint };
  }

  forget(): void {
    clearTimeout(this.#next?.timer);
    this.#next = undefined;
  }

  /** The next failure is a first one. */
  reset(): void {
    this.#backoff.reset();
  }
}
