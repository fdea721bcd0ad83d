// SPDX-License-Identifier: Apache-2.0

const WIDTH = 40;
const INTERVAL_MS = 100;

/** A bar on standard error; silent where that is no terminal. */
export class ProgressBar {
  #shownAt = 0;

  constructor(private readonly visible: boolean) {}

  /** `part` of 1. */
  show(part: number): void {
    const now = performance.now();
    if (!this.visible || now - this.#shownAt < INTERVAL_MS) return;
    this.#shownAt = now;
    const done = Math.min(1, Math.max(0, part));
    const filled = Math.round(done * WIDTH);
    process.stderr.write(`\r[${"#".repeat(filled)}${" ".repeat(WIDTH - filled)}] ${Math.round(done * 100)} %`);
  }

  clear(): void {
    if (this.visible && this.#shownAt > 0) process.stderr.write("\r\x1b[K");
  }
}
