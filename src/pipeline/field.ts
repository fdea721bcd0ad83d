// SPDX-License-Identifier: Apache-2.0
import type { Document, Path, Place } from "./document.ts";
import { LIMITS } from "./limits.ts";
import { type Problem, ProblemsError } from "./problem.ts";
import { suggestion } from "./suggest.ts";
import { describe, either, quote } from "./words.ts";

export interface Range {
  minimum?: number;
  maximum?: number;
  unit?: string;
  whole?: boolean;
}

/**
 * A value inside a document under review. Each reader returns the value if it is what was asked for; otherwise it
 * notes a problem and returns undefined, so that one pass finds everything that is wrong.
 */
export class Field {
  private constructor(
    private readonly document: Document,
    readonly problems: Problem[],
    readonly path: Path,
    readonly value: unknown,
  ) {}

  static root(document: Document): Field {
    return new Field(document, [], [], document.value);
  }

  /** An absent key and an empty one (`params:`) mean the same. */
  get given(): boolean {
    return this.value !== undefined && this.value !== null;
  }

  /** Past this many problems nobody reads on, and looking for more only costs time. */
  get full(): boolean {
    return this.problems.length >= LIMITS.problems;
  }

  /** The last key with the indices behind it: `bands`, `weights[0][2]`. */
  get name(): string {
    const key = this.path.findLastIndex((step) => typeof step === "string");
    const indices = this.path.slice(key + 1).map((index) => `[${index}]`);
    return `${this.path[key] ?? "item "}${indices.join("")}`;
  }

  /** Where its value stands. */
  get place(): Place {
    return this.document.place(this.path);
  }

  at(key: string | number): Field {
    const inside = typeof this.value === "object" && this.value !== null && Object.hasOwn(this.value, key);
    return new Field(
      this.document,
      this.problems,
      [...this.path, key],
      inside ? Reflect.get(this.value, key) : undefined,
    );
  }

  refuse(message: string, part: "key" | "value" = "value"): undefined {
    if (!this.full) this.problems.push({ ...this.document.place(this.path, part), message });
  }

  /** Throws what was found wrong anywhere in the document. */
  settle(): void {
    if (this.problems.length > 0) throw new ProblemsError(this.problems.toSorted(byPlace));
  }

  /** The keys of a map. */
  keys(): string[] | undefined {
    if (typeof this.value === "object" && this.value !== null && !Array.isArray(this.value))
      return Object.keys(this.value);
    return this.refuse(
      `${this.path.length === 0 ? "" : `${this.name} `}must be a map of keys and values, not ${describe(this.value)}`,
    );
  }

  /** A map that has no other keys than these. */
  map(known: readonly string[]): this | undefined {
    const keys = this.keys();
    for (const key of keys ?? []) {
      if (this.full) break;
      if (!known.includes(key))
        this.at(key).refuse(`${quote(key)} is not known here; ${suggestion(key, known)}`, "key");
    }
    return keys && this;
  }

  /** The members of a list. */
  items(most: number): Field[] | undefined {
    if (!Array.isArray(this.value)) return this.refuse(`${this.name} must be a list, not ${describe(this.value)}`);
    if (this.value.length > most)
      this.refuse(`${this.name} has ${this.value.length} members; at most ${most} are allowed`);
    return Array.from({ length: Math.min(this.value.length, most) }, (_, index) => this.at(index));
  }

  text(most: number = LIMITS.text_chars): string | undefined {
    const { value } = this;
    if (typeof value === "number" || typeof value === "boolean")
      return this.refuse(`${this.name} must be text; put it in quotes: "${value}"`);
    if (typeof value !== "string") return this.refuse(`${this.name} must be text, not ${describe(value)}`);
    if (value.length > most)
      return this.refuse(`${this.name} has ${value.length} characters; at most ${most} are allowed`);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    if (!value.isWellFormed() || /[\0-\x08\x0b-\x1f\x7f]/.test(value))
      return this.refuse(`${this.name} holds control characters or broken Unicode; write plain text`);
    return value;
  }

  number({ minimum, maximum, unit = "", whole = false }: Range = {}): number | undefined {
    const { value } = this;
    const kind = `a ${whole ? "whole " : ""}number${unit && ` in ${unit}`}`;
    if (typeof value !== "number" || !Number.isFinite(value) || (whole && !Number.isSafeInteger(value)))
      return this.refuse(`${this.name} must be ${kind}, not ${describe(value)}`);
    if (value < (minimum ?? value) || value > (maximum ?? value))
      return this.refuse(
        `${this.name}: ${withUnit(value, unit)} is out of range; choose ${rangeWords(minimum, maximum, unit)}`,
      );
    return value + 0; // no negative zero
  }

  boolean(): boolean | undefined {
    if (typeof this.value === "boolean") return this.value;
    return this.refuse(`${this.name} must be true or false, not ${describe(this.value)}`);
  }

  choice<T extends string>(choices: readonly T[]): T | undefined {
    const chosen = choices.find(
      (choice) => choice === this.value || (typeof this.value === "number" && choice === `${this.value}`),
    );
    if (chosen !== undefined) return chosen;
    if (typeof this.value === "string")
      return this.refuse(`${this.name}: ${quote(this.value)} is not a choice; ${suggestion(this.value, choices)}`);
    return this.refuse(`${this.name} must be ${either(choices)}, not ${describe(this.value)}`);
  }
}

function byPlace(a: Problem, b: Problem): number {
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}

function withUnit(value: number, unit: string): string {
  return unit ? `${value} ${unit}` : `${value}`;
}

function rangeWords(minimum: number | undefined, maximum: number | undefined, unit: string): string {
  if (minimum === undefined) return `at most ${withUnit(maximum ?? 0, unit)}`;
  if (maximum === undefined) return `at least ${withUnit(minimum, unit)}`;
  return `${minimum} to ${withUnit(maximum, unit)}`;
}
