// SPDX-License-Identifier: Apache-2.0
//
// Changes values in TOML that a person wrote, and leaves all else as it stands: order, spaces, comments, keys that nobody
// here knows. Each change is to the text; what it then means is read again, so that it means what was asked for or the
// change is refused, whatever the text was.
import type { Path } from "./document.ts";
import { readToml, TOML_LIMITS } from "./toml.ts";
import { type Statement, tomlStatements } from "./toml-places.ts";
import { inlineToml, tomlKey } from "./toml-value.ts";

type Map = { [key: string]: unknown };

/** No box has more to say about itself, or its plugins. */
export const EDITED_BYTES = 2 ** 20;

/** The text with `value` at `path`, or nothing there where it is undefined. The path leads through tables and the members
 * of [[lists]]; one behind the last is added. Throws ProblemsError for text that is no TOML. */
export function editToml(text: string, path: Path, value: unknown): string {
  const before = readToml(text, "", EDITED_BYTES).value;
  if (value === undefined && at(before, path) === undefined) return text;
  const list = value === undefined && typeof path.at(-1) === "number" ? at(before, path.slice(0, -1)) : undefined;
  if (Array.isArray(list) && list.length === 1 && path.at(-1) === 0)
    return editToml(text, path.slice(0, -1), undefined);
  const wanted = changed(before, path, value);
  if (Bun.deepEquals(wanted, before, true)) return text;
  const edited = new Edit(text, wanted).set(path, value);
  if (!Bun.deepEquals(readToml(edited, "", EDITED_BYTES).value, wanted, true))
    throw new Error(`a change of ${path.join(".")} came out otherwise than asked for`);
  return edited;
}

class Edit {
  readonly #statements: Statement[];

  constructor(
    private readonly text: string,
    private readonly wanted: unknown,
  ) {
    this.#statements = tomlStatements(text, TOML_LIMITS.depth);
  }

  set(path: Path, value: unknown): string {
    /* It stands in an inline table or list, or is one: that is written anew. */
    const around = this.#statements.find((it) => it.kind === "pair" && isWithin(path, it.path));
    if (around && (value !== undefined || around.path.length < path.length)) {
      const whole = inlineToml(at(this.wanted, around.path));
      return this.#replaced(around.value, around.end, whole);
    }
    const cleared = this.#without((it) => isWithin(it.path, path));
    if (value === undefined) return cleared;
    if (cleared !== this.text) return new Edit(cleared, this.wanted).set(path, value);
    const key = path.at(-1) as string | number;
    return typeof key === "number" ? this.#member(path, value as Map) : this.#insert(path.slice(0, -1), key, value);
  }

  /** Another `[[table]]` behind the last of its list. */
  #member(path: Path, value: Map): string {
    const list = path.slice(0, -1);
    const header = `[[${list.map((key) => tomlKey(String(key))).join(".")}]]`;
    const pairs = Object.entries(value).map(([key, inner]) => `${tomlKey(key)} = ${inlineToml(inner)}`);
    const there = this.#last((it) => isWithin(it.table, list) || isWithin(it.path, list));
    return this.#insertBehind(there ?? this.#statements.at(-1), `\n${[header, ...pairs].join("\n")}`);
  }

  /** A pair in the table at `table`, however that was written. */
  #insert(table: Path, key: string, value: unknown): string {
    const line = (from: Path) =>
      `${[...table.slice(from.length), key].map((it) => tomlKey(String(it))).join(".")} = ${inlineToml(value)}`;
    const own = this.#last((it) => isSame(it.table, table));
    if (own) return this.#insertBehind(own, line(own.table));
    /* Of dotted keys: a.b = 1. */
    const dotted = this.#last((it) => it.kind === "pair" && isWithin(it.path, table));
    if (dotted && isWithin(table, dotted.table)) return this.#insertBehind(dotted, line(dotted.table));
    if (table.length === 0) return this.#insertFirst(line([]));
    /* Only tables inside of it have headers. */
    const inside = this.#statements.find((it) => isWithin(it.path, table));
    const name = table.map((it) => tomlKey(String(it))).join(".");
    if (inside) return this.#replaced(inside.start, inside.start, `[${name}]\n${line(table)}\n\n`);
    if (table.length === 1) return this.#insertBehind(this.#statements.at(-1), `\n[${name}]\n${line(table)}`);
    return this.#insert(table.slice(0, -1), String(table.at(-1)), { [key]: value });
  }

  /** Comments stay, but for those on the same line. */
  #without(isGone: (statement: Statement) => boolean): string {
    let text = this.text;
    for (const { start, end } of this.#statements.filter(isGone).toReversed())
      text = text.slice(0, start).replace(/[ \t]*$/, "") + text.slice(end).replace(/^[^\r\n]*(\r?\n)?/, "");
    return text;
  }

  #insertBehind(statement: Statement | undefined, lines: string): string {
    const from = statement?.end ?? this.text.length;
    const lineEnd = /\r?\n|$/.exec(this.text.slice(from)) as RegExpExecArray;
    const to = statement ? from + lineEnd.index : from;
    const isEmpty = this.text.slice(0, to).trim() === "";
    const end = to < this.text.length ? "" : "\n";
    const between = isEmpty || /\n$/.test(this.text.slice(0, to)) ? "" : "\n";
    return this.#replaced(to, to, `${between}${isEmpty ? lines.trimStart() : lines}${end}`);
  }

  #insertFirst(line: string): string {
    const from = this.text.startsWith("\ufeff") ? 1 : 0;
    return this.#replaced(from, from, `${line}\n${this.text.length > from ? "\n" : ""}`);
  }

  #last(isMeant: (statement: Statement) => boolean): Statement | undefined {
    return this.#statements.findLast(isMeant);
  }

  #replaced(start: number, end: number, by: string): string {
    return this.text.slice(0, start) + by + this.text.slice(end);
  }
}

/** `inner` is `outer`, or lies in it. */
function isWithin(inner: Path, outer: Path): boolean {
  return outer.every((key, index) => inner[index] === key);
}

function isSame(a: Path, b: Path): boolean {
  return a.length === b.length && isWithin(a, b);
}

function at(value: unknown, path: Path): unknown {
  return path.reduce((inner, key) => (Object.hasOwn(Object(inner), key) ? (inner as Map)[key] : undefined), value);
}

/** A copy with another value at the path. */
function changed(value: unknown, [key, ...rest]: Path, to: unknown): unknown {
  if (key === undefined) return to;
  if (typeof key === "number") {
    const list = Array.isArray(value) ? [...value] : [];
    if (rest.length === 0 && to === undefined) list.splice(key, 1);
    else list[key] = changed(list[key], rest, to);
    return list;
  }
  const { [key]: inner, ...others } = (value ?? {}) as Map;
  if (rest.length === 0 && to === undefined) return others;
  return { ...(value as Map), [key]: changed(inner, rest, to) };
}
