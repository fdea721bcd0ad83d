// SPDX-License-Identifier: Apache-2.0
import type { Field, Range } from "./field.ts";
import { suggestion } from "./suggest.ts";
import { quote } from "./words.ts";

/** A JSON schema, draft 2020-12. */
export interface Schema {
  [keyword: string]: unknown;
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
}

/** Told of keys that nobody reads: a newer version may know them. The words take time, so they are made on demand. */
export type Notice = (unknown: Field, message: () => string) => void;

export interface Shape<T> {
  readonly schema: Schema;
  /** Undefined if something in it was refused; what, is among the field's problems. */
  read(field: Field, notice: Notice): T | undefined;
}

export interface Key<T, Always extends boolean> {
  shape: Shape<T>;
  description: string;
  /** Refused without it. */
  required: boolean;
  /** Stands in for an absent key; undefined leaves it absent. */
  fallback: T | undefined;
  always: Always;
}

export function required<T>(description: string, shape: Shape<T>): Key<T, true> {
  return { shape, description, required: true, fallback: undefined, always: true };
}

export function optional<T>(description: string, shape: Shape<T>): Key<T, false>;
export function optional<T>(description: string, shape: Shape<T>, fallback: T): Key<T, true>;
export function optional<T>(description: string, shape: Shape<T>, fallback?: T): Key<T, boolean> {
  return { shape, description, required: false, fallback, always: fallback !== undefined };
}

// biome-ignore lint/suspicious/noExplicitAny: any key at all; Table takes the types apart again
type Keys = Record<string, Key<any, boolean>>;
type KeyValue<K> = K extends Key<infer T, boolean> ? T : never;
// biome-ignore lint/suspicious/noExplicitAny: as above
type AlwaysThere<K> = K extends Key<any, true> ? true : false;
type Table<K extends Keys> = { [N in keyof K as AlwaysThere<K[N]> extends true ? N : never]: KeyValue<K[N]> } & {
  [N in keyof K as AlwaysThere<K[N]> extends true ? never : N]?: KeyValue<K[N]>;
};

/** A table of named keys. Others are told to `notice` and left out. */
export function table<K extends Keys>(keys: K): Shape<Table<K>> {
  const all = Object.entries(keys);
  const needed = all.filter(([, key]) => key.required).map(([name]) => name);
  return {
    schema: {
      type: "object",
      ...(needed.length > 0 && { required: needed }),
      properties: Object.fromEntries(all.map(([name, key]) => [name, keySchema(key)])),
    },
    read(field, notice) {
      const values = readKeys(field, keys, notice);
      if (!values || values.some(([, value]) => value === REFUSED)) return undefined;
      return Object.fromEntries(values.filter(([, value]) => value !== undefined)) as Table<K>;
    },
  };
}

/** The same, of which the rest stands where something is refused. */
export function forgiving<K extends Keys>(keys: K): Shape<Partial<Table<K>>> {
  return {
    schema: table(keys).schema,
    read(field, notice) {
      const values = readKeys(field, keys, notice)?.filter(([, value]) => value !== undefined && value !== REFUSED);
      return values && (Object.fromEntries(values) as Partial<Table<K>>);
    },
  };
}

/** Undefined if there is no table. */
function readKeys(field: Field, keys: Keys, notice: Notice): [string, unknown][] | undefined {
  const given = field.keys();
  for (const name of given ?? [])
    if (!Object.hasOwn(keys, name))
      notice(
        field.at(name),
        () => `${quote(name)} is not known here and has no effect; ${suggestion(name, Object.keys(keys))}`,
      );
  return given && Object.entries(keys).map(([name, key]) => [name, readKey(field, name, key, notice)]);
}

/** A table of optional keys that may itself be absent: then each key has its default. */
export function section<K extends Keys>(description: string, keys: K): Key<Table<K>, true> {
  const defaults = Object.entries(keys).map(([name, key]) => [name, key.fallback]);
  const fallback = Object.fromEntries(defaults.filter(([, value]) => value !== undefined));
  return optional(description, table(keys), fallback as Table<K>);
}

const REFUSED = Symbol("refused");

function keySchema({ shape, description, fallback }: Key<unknown, boolean>): Schema {
  // A table's keys have defaults of their own.
  const hasDefault = fallback !== undefined && shape.schema.type !== "object";
  return { ...shape.schema, description, ...(hasDefault && { default: fallback }) };
}

function readKey(around: Field, name: string, key: Key<unknown, boolean>, notice: Notice): unknown {
  const field = around.at(name);
  if (field.given) {
    const value = key.shape.read(field, notice);
    return value === undefined ? REFUSED : value;
  }
  if (!key.required) return structuredClone(key.fallback);
  field.refuse(`${name} is missing: ${lowerFirst(key.description)}`);
  return REFUSED;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1).replace(/\.$/, "");
}

/** A table whose keys are names of the author's own. */
export function named<T>(of: Shape<T>, names: { pattern: RegExp; rule: string; most: number }): Shape<[string, T][]> {
  return {
    schema: {
      type: "object",
      propertyNames: { pattern: names.pattern.source },
      maxProperties: names.most,
      additionalProperties: of.schema,
    },
    read(field, notice) {
      const keys = field.keys();
      if (keys && keys.length > names.most)
        return field.refuse(`${field.name} has ${keys.length} entries; at most ${names.most} are allowed`);
      return whole(
        keys?.map((key) => {
          const inside = field.at(key);
          if (!names.pattern.test(key)) return inside.refuse(`${quote(key)} ${names.rule}`, "key");
          const value = of.read(inside, notice);
          return value === undefined ? undefined : ([key, value] as [string, T]);
        }),
      );
    },
  };
}

export function list<T>(of: Shape<T>, { least = 0, most }: { least?: number; most: number }): Shape<T[]> {
  return {
    schema: { type: "array", items: of.schema, ...(least > 0 && { minItems: least }), maxItems: most },
    read(field, notice) {
      const items = field.items(most);
      if (items && items.length < least)
        return field.refuse(
          `${field.name} is empty; it needs at least ${least === 1 ? "one entry" : `${least} entries`}`,
        );
      return whole(items?.map((item) => of.read(item, notice)));
    },
  };
}

export interface TextRule {
  pattern?: RegExp;
  /** What a pattern cannot say: the complaint, or undefined. */
  check?: (value: string) => string | undefined;
  /** Behind the refused text: `is not a version; write 1.0.0`. */
  rule?: string;
  most?: number;
  examples?: string[];
}

/** Text that is not empty. */
export function text({
  pattern,
  check,
  rule = "is not allowed here",
  most = 256,
  examples,
}: TextRule = {}): Shape<string> {
  return {
    schema: {
      type: "string",
      minLength: 1,
      maxLength: most,
      ...(pattern && { pattern: pattern.source }),
      ...(examples && { examples }),
    },
    read(field) {
      const value = field.text(most);
      if (value === undefined) return undefined;
      if (value.trim() === "") return field.refuse(`${field.name} is empty; write it, or leave the key out`);
      const complaint = pattern && !pattern.test(value) ? rule : check?.(value);
      return complaint === undefined ? value : field.refuse(`${field.name}: ${quote(value)} ${complaint}`);
    },
  };
}

/** Text that may be empty. */
export function anyText(most: number): Shape<string> {
  return { schema: { type: "string", maxLength: most }, read: (field) => field.text(most) };
}

export function choice<T extends string>(choices: readonly T[]): Shape<T> {
  return { schema: { type: "string", enum: [...choices] }, read: (field) => field.choice(choices) };
}

export function number(range: Range = {}): Shape<number> {
  const { minimum, maximum, whole } = range;
  return {
    schema: {
      type: whole ? "integer" : "number",
      ...(minimum !== undefined && { minimum }),
      ...(maximum !== undefined && { maximum }),
    },
    read: (field) => field.number(range),
  };
}

export const flag: Shape<boolean> = { schema: { type: "boolean" }, read: (field) => field.boolean() };

/** Whatever it is; somebody else will look. */
export const anything: Shape<unknown> = { schema: {}, read: (field) => field.value };

/** What a shape made, turned into something else, or refused. */
export function turned<T, U>(shape: Shape<T>, turn: (value: T, field: Field) => U | undefined): Shape<U> {
  return {
    schema: shape.schema,
    read(field, notice) {
      const value = shape.read(field, notice);
      return value === undefined ? undefined : turn(value, field);
    },
  };
}

/** For a list of things that have ids: none twice. */
export function uniqueIds<T extends { id: string }>(items: T[], field: Field): T[] | undefined {
  const ids = items.map(({ id }) => id);
  const again = ids.flatMap((id, index) => (ids.indexOf(id) < index ? [index] : []));
  for (const index of again)
    field
      .at(index)
      .at("id")
      .refuse(`${quote(ids[index] ?? "")} is the id of an entry above; give each its own`);
  return again.length > 0 ? undefined : items;
}

/** The list, if nothing in it was refused. */
function whole<T>(items: (T | undefined)[] | undefined): T[] | undefined {
  return items?.every((item) => item !== undefined) ? (items as T[]) : undefined;
}
