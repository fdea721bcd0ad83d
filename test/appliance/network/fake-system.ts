// SPDX-License-Identifier: Apache-2.0
import type { System } from "../../../src/appliance/network/system.ts";

/** A machine in which nothing takes time: a pause moves the clock, and whoever waits for a moment is called then. */
export class FakeSystem implements System {
  now_ms = 0;
  cards: Record<string, string[]> = {};
  /** Each program that was run, as a line. */
  readonly ran: string[] = [];
  #moments: { at_ms: number; happen(): void }[] = [];

  /** `answer`: what a program prints; an Error it throws. */
  constructor(private readonly answer: (line: string) => string | Error | undefined = () => undefined) {}

  at(ms: number, happen: () => void): void {
    this.#moments.push({ at_ms: ms, happen });
  }

  async run(...words: string[]): Promise<string> {
    const line = words.join(" ");
    this.ran.push(line);
    const answer = this.answer(line);
    if (answer instanceof Error) throw answer;
    return answer ?? "";
  }

  async pause(ms: number): Promise<void> {
    this.now_ms += ms;
    if (this.now_ms > 3_600_000) throw new Error("waits for ever");
    const due = this.#moments.filter(({ at_ms }) => at_ms <= this.now_ms);
    this.#moments = this.#moments.filter(({ at_ms }) => at_ms > this.now_ms);
    for (const { happen } of due) happen();
  }

  addresses(): Record<string, string[]> {
    return this.cards;
  }
}
