// SPDX-License-Identifier: Apache-2.0
import type { Port } from "./catalog.ts";

const QUOTED_CHARS = 48;

/** Text in quotes, escaped and cut short, so that a message stays a line whatever it is about. */
export function quote(text: string): string {
  return JSON.stringify(text.length > QUOTED_CHARS ? `${text.slice(0, QUOTED_CHARS - 1)}…` : text);
}

/** A value as a message names it: `"fifty"`, `7`, `a list`. */
export function describe(value: unknown): string {
  if (typeof value === "string") return quote(value);
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "a map" : String(value);
}

/** `a`, `a or b`, `a, b or c`. */
export function either(words: readonly string[]): string {
  if (words.length < 2) return words.join();
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

/** A port with its article: `a signal`, `features`. */
export function portWords(port: Port): string {
  return { none: "nothing", signal: "a signal", spectrum: "a spectrum", features: "features" }[port];
}

/** `256 MB`. */
export function megabytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MB`;
}
