// SPDX-License-Identifier: Apache-2.0
import type { LogLine } from "../plugin.ts";

const MOST_LINES = 1000;
const MOST_CHARS = 1024;
const MOST_FAULTS = 20;

/** What a plugin wrote and what happened to it, the latest of it. A plugin that writes without end costs no more than
 * one that is quiet. */
export class PluginLog {
  #lines: LogLine[] = [];
  #faults: { time: string; message: string }[] = [];

  get lines(): readonly LogLine[] {
    return this.#lines;
  }

  /** What the plugin wrote last. */
  get lastWords(): string | undefined {
    return this.#lines.findLast(({ from }) => from === "plugin")?.text;
  }

  /** What went wrong lately. */
  get faults(): readonly { time: string; message: string }[] {
    return this.#faults;
  }

  /** Text as the plugin wrote it, any number of lines. */
  wrote(text: string): void {
    const lines = text.split("\n").filter((line) => line.trim() !== "");
    for (const line of lines.slice(-MOST_LINES)) this.#add("plugin", line);
  }

  happened(message: string): void {
    this.#add("box", message);
  }

  /** Kept beside the lines. The same twice running is one fault, with the time of the latest. */
  fault(message: string): void {
    if (this.#faults.at(-1)?.message === message) this.#faults.pop();
    this.#faults.push({ time: new Date().toISOString(), message });
    if (this.#faults.length > MOST_FAULTS) this.#faults.shift();
  }

  #add(from: LogLine["from"], line: string): void {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal would take for a command is left out
    const text = line.replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, "").slice(0, MOST_CHARS);
    this.#lines.push({ time: new Date().toISOString(), from, text });
    if (this.#lines.length > MOST_LINES) this.#lines.splice(0, this.#lines.length - MOST_LINES);
  }
}
