// SPDX-License-Identifier: Apache-2.0
//
// Where each key and value of a TOML document stands: the parser tells values alone. Only for text that the parser has
// accepted, so that nothing is checked here a second time; every step goes forward all the same, whatever the text.
import { parse } from "smol-toml";
import type { Path } from "./document.ts";

/** Offsets in the text, and what stands inside. */
export interface Mark {
  key: number;
  value: number;
  readonly inside: Map<string | number, Mark>;
  /** From the first of its keys to the end of its value, where it was written as `key = value`. */
  pair?: Stretch;
  /** Of tables that were begun with [[...]]. */
  isTableList?: true;
}

export interface Stretch {
  start: number;
  end: number;
}

/** A header or a `key = value`. */
export interface Statement {
  kind: "header" | "pair";
  /** Of what it begins or sets, with the indices of [[...]] in it. */
  path: Path;
  /** Of the table that it stands in; of a header its own. */
  table: Path;
  /** From its bracket or the first of its keys to the bracket or value that ends it. */
  start: number;
  /** Where the value of a pair begins. */
  value: number;
  end: number;
}

/** Thrown where keys and lists are nested deeper than anybody needs, before that costs time or stack. */
export class DepthError extends Error {
  constructor(readonly offset: number) {
    super("nested too deep");
  }
}

/** The marks of a document; the root's are those of its beginning. Throws DepthError. */
export function markToml(text: string, mostDepth: number): Mark {
  return new Marker(text, mostDepth).document();
}

/** What a document says, in the order in which it stands there. Throws DepthError. */
export function tomlStatements(text: string, mostDepth: number): Statement[] {
  const marker = new Marker(text, mostDepth);
  marker.document();
  return marker.statements;
}

interface Table {
  mark: Mark;
  depth: number;
  path: Path;
}

class Marker {
  readonly statements: Statement[] = [];
  #at = 0;

  constructor(
    private readonly text: string,
    private readonly mostDepth: number,
  ) {}

  document(): Mark {
    const root = newMark(0);
    let table: Table = { mark: root, depth: 0, path: [] };
    this.#at = this.#sees("\ufeff") ? 1 : 0;
    for (this.#skipVoid(); this.#at < this.text.length; this.#skipVoid())
      if (this.#sees("[")) table = this.#header(root);
      else this.#pair(table);
    return root;
  }

  /** `[a.b]` or `[[a.b]]`. */
  #header(root: Mark): Table {
    const start = this.#at;
    const isList = this.#sees("[[");
    this.#at += isList ? 2 : 1;
    const keys = this.#keys(0);
    this.#at += isList ? 2 : 1;
    let mark = root;
    const path: (string | number)[] = [];
    for (const [index, { key }] of keys.entries()) {
      mark = enter(mark, key, start);
      path.push(key);
      const isLast = index === keys.length - 1;
      if (isLast && isList) mark.isTableList = true;
      if (!mark.isTableList) continue;
      path.push(mark.inside.size - (isLast && isList ? 0 : 1));
      mark = enter(mark, path.at(-1) as number, start);
    }
    this.statements.push({ kind: "header", path, table: path, start, value: this.#at, end: this.#at });
    return { mark, depth: 2 * keys.length, path };
  }

  /** `a.b = value`. */
  #pair(table: Table): void {
    const { mark, stretch, path } = this.#setting(table.mark, table.depth);
    this.statements.push({
      ...{ kind: "pair", path: [...table.path, ...path], table: table.path },
      ...{ ...stretch, value: mark.value },
    });
  }

  #setting(table: Mark, depth: number): { mark: Mark; stretch: Stretch; path: string[] } {
    let mark = table;
    const start = this.#at;
    const keys = this.#keys(depth);
    for (const { key, offset } of keys) mark = enter(mark, key, offset);
    this.#at++; // =
    this.#skip(/[ \t]*/y);
    this.#value(mark, depth + keys.length);
    const stretch = { start, end: start + this.text.slice(start, this.#at).trimEnd().length };
    mark.pair = stretch;
    return { mark, stretch, path: keys.map(({ key }) => key) };
  }

  #keys(depth: number): { key: string; offset: number }[] {
    const keys: { key: string; offset: number }[] = [];
    do {
      if (keys.length > 0) this.#at++;
      this.#skip(/[ \t]*/y);
      const offset = this.#at;
      if (depth + keys.length >= this.mostDepth) throw new DepthError(offset);
      if (this.#sees('"') || this.#sees("'")) this.#skipString();
      else this.#skip(/[\w-]*/y);
      keys.push({ key: plainKey(this.text.slice(offset, this.#at)), offset });
      this.#skip(/[ \t]*/y);
    } while (this.#sees("."));
    return keys;
  }

  #value(mark: Mark, depth: number): void {
    mark.value = this.#at;
    if (depth > this.mostDepth) throw new DepthError(this.#at);
    if (this.#sees('"') || this.#sees("'")) this.#skipString();
    else if (this.#sees("[")) this.#members("]", (index) => this.#value(enter(mark, index, this.#at), depth + 1));
    else if (this.#sees("{")) this.#members("}", () => this.#setting(mark, depth));
    else this.#skip(/[\s\S][^,\]}#\r\n]*/y);
  }

  #members(end: string, member: (index: number) => void): void {
    this.#at++;
    this.#skipVoid();
    for (let index = 0; !this.#sees(end) && this.#at < this.text.length; index++) {
      member(index);
      this.#skipVoid();
      if (this.#sees(",")) this.#at++;
      this.#skipVoid();
    }
    this.#at++;
  }

  #skipString(): void {
    const quote = this.text.charAt(this.#at);
    const end = this.#sees(quote.repeat(3)) ? quote.repeat(3) : quote;
    this.#at += end.length;
    while (!this.#sees(end) && this.#at < this.text.length) this.#at += quote === '"' && this.#sees("\\") ? 2 : 1;
    this.#at += end.length;
    // Two quotes may stand right before the three that end a text.
    if (end !== quote) this.#skip(quote === '"' ? /"{0,2}/y : /'{0,2}/y);
  }

  /** Spaces, line ends and comments. */
  #skipVoid(): void {
    for (this.#skip(/\s*/y); this.#sees("#"); this.#skip(/\s*/y)) this.#skip(/[^\n]*/y);
  }

  #skip(pattern: RegExp): void {
    pattern.lastIndex = this.#at;
    this.#at += pattern.exec(this.text)?.[0].length ?? 0;
  }

  #sees(what: string): boolean {
    return this.text.startsWith(what, this.#at);
  }
}

function newMark(offset: number): Mark {
  return { key: offset, value: offset, inside: new Map() };
}

function enter(mark: Mark, key: string | number, offset: number): Mark {
  const found = mark.inside.get(key) ?? newMark(offset);
  mark.inside.set(key, found);
  return found;
}

function plainKey(written: string): string {
  return /^["']/.test(written) ? String(parse(`key = ${written}`).key) : written;
}

/** The mark at the end of the path, or the last one on the way. */
export function markAt(root: Mark, path: Path): { mark: Mark; found: boolean } {
  let mark = root;
  for (const key of path) {
    const next = mark.inside.get(key);
    if (!next) return { mark, found: false };
    mark = next;
  }
  return { mark, found: true };
}
