// SPDX-License-Identifier: Apache-2.0
import type { EventBus } from "./events.ts";

/** Of those that are kept for who asks later. */
const MOST_NOTICES = 50;

/** What an operator should know: to the log, to whoever listens to events, and kept. The same twice running is told once. */
export class Notices {
  #kept: string[] = [];

  constructor(private readonly events: EventBus) {}

  readonly tell = (message: string): void => {
    if (this.#kept.at(-1) === message) return;
    this.#kept.push(message);
    if (this.#kept.length > MOST_NOTICES) this.#kept.shift();
    console.error(`note: ${message}`);
    this.events.publish("Notice", { message });
  };

  all(): readonly string[] {
    return this.#kept;
  }
}
