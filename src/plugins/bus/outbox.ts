// SPDX-License-Identifier: Apache-2.0
//
// What waits for a main part to take it. One that is slow or hangs loses the oldest events, and is told how many; whoever
// publishes never waits. Requests and answers are not lost: one that takes none of them has to go.
import type { BoxEvent } from "../../runtime/events.ts";
import { message } from "./message.ts";

export const OUTBOX_LIMITS = { events: 256, bytes: 2 ** 20, event_bytes: 2 ** 17, texts: 1024, text_chars: 2 ** 24 };

export class Outbox {
  #events: { type: string; body: string }[] = [];
  #bytes = 0;
  #texts: string[] = [];
  #textChars = 0;
  /** Since the last event that was taken. */
  #lost = 0;
  #lostInAll = 0;

  /** Events that it never got, since it began. */
  get lost(): number {
    return this.#lostInAll;
  }

  get isEmpty(): boolean {
    return this.#events.length + this.#texts.length === 0;
  }

  /** An event, as JSON: of one for several, made once. */
  addEvent(type: BoxEvent["type"], body: string): void {
    if (Buffer.byteLength(body) > OUTBOX_LIMITS.event_bytes) {
      this.#lose(); // no process takes one so long
      return;
    }
    this.#events.push({ type, body });
    this.#bytes += body.length;
    while (this.#events.length > OUTBOX_LIMITS.events || this.#bytes > OUTBOX_LIMITS.bytes) {
      this.#bytes -= this.#events.shift()?.body.length ?? 0;
      this.#lose();
    }
  }

  /** False: more waits than whoever listens leaves there. */
  add(text: string): boolean {
    this.#texts.push(text);
    this.#textChars += text.length;
    return this.#texts.length <= OUTBOX_LIMITS.texts && this.#textChars <= OUTBOX_LIMITS.text_chars;
  }

  /** Hands over until `send` takes no more. */
  flush(send: (text: string) => boolean): void {
    for (let text = this.#texts[0]; text !== undefined && send(text); text = this.#texts[0]) {
      this.#texts.shift();
      this.#textChars -= text.length;
    }
    for (let event = this.#events[0]; event && this.#texts.length === 0; event = this.#events[0]) {
      const { type, body } = event;
      const told = this.#lost > 0 ? `${body.slice(0, -1)},"lost":${this.#lost}}` : body;
      if (!send(message(`event ${type}`, told))) return;
      this.#events.shift();
      this.#bytes -= body.length;
      this.#lost = 0;
    }
  }

  /** Its process is another, or none. */
  clear(): void {
    this.#events = [];
    this.#texts = [];
    this.#bytes = this.#textChars = this.#lost = 0;
  }

  #lose(): void {
    this.#lost++;
    this.#lostInAll++;
  }
}
