// SPDX-License-Identifier: Apache-2.0
//
// What a machine says on its serial console: kept as text, each line with the moment it came, also in a file.
import { appendFileSync } from "node:fs";

export interface ConsoleLine {
  text: string;
  /** performance.now() when it was complete. */
  at_ms: number;
}

interface Patience {
  timeout_ms: number;
  /** Number of the first line that counts. */
  from?: number;
  /** Aborted when nothing more will come. */
  over: AbortSignal;
}

// Colours, cursor movements, titles: what systemd writes to a terminal.
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what they begin with
const ESCAPES = /\x1b(?:\[[0-9;?]*[A-Za-z]|\].*?(?:\x07|\x1b\\)|[()].|[=>78cM])|\r/g;

export class Console {
  readonly lines: ConsoleLine[] = [];
  #rest = "";
  readonly #waiting = new Set<() => void>();

  constructor(readonly file: string) {}

  async follow(output: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of output) this.write(decoder.decode(chunk, { stream: true }));
  }

  write(text: string): void {
    appendFileSync(this.file, text);
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    const at_ms = performance.now();
    for (const line of lines) this.lines.push({ text: line.replace(ESCAPES, "").trimEnd(), at_ms });
    for (const look of [...this.#waiting]) look();
  }

  /** The first line from number `from` on that matches. */
  find(pattern: RegExp, from = 0): ConsoleLine | undefined {
    for (let number = from; number < this.lines.length; number++)
      if (pattern.test(this.lines[number]?.text ?? "")) return this.lines[number];
    return undefined;
  }

  /** Rejects, with the end of what was said instead, when it takes too long or nothing will be said any more. */
  waitFor(pattern: RegExp, { timeout_ms, from = 0, over }: Patience): Promise<ConsoleLine> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = this.find(pattern, from);
        if (found) end(() => resolve(found));
      };
      const giveUp = (why: string) =>
        end(() => reject(new Error(`${why} without ${pattern} on the console:\n${this.tail()}`)));
      const late = setTimeout(() => giveUp(`${timeout_ms} ms passed`), timeout_ms);
      const isOver = () => giveUp(`the machine went off (${over.reason})`);
      const end = (settle: () => void) => {
        clearTimeout(late);
        this.#waiting.delete(look);
        over.removeEventListener("abort", isOver);
        settle();
      };
      this.#waiting.add(look);
      over.addEventListener("abort", isOver);
      look();
      if (over.aborted) isOver();
    });
  }

  /** The last thing said, for messages. */
  tail(lines = 30): string {
    return [...this.lines.slice(-lines).map(({ text }) => text), this.#rest].join("\n");
  }
}
