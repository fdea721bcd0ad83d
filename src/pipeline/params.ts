// SPDX-License-Identifier: Apache-2.0
//
// Checks the parameters of an entry against its component's table.
import type { ComponentSpec, ParamSpec, Params, ParamValue } from "./catalog.ts";
import type { Field, Range } from "./field.ts";
import { ID, ID_RULE, LIMITS } from "./limits.ts";
import { suggestion } from "./suggest.ts";
import { quote } from "./words.ts";

/** Every parameter of the component: as the entry gives it, under `params` or beside `type`, or else its default. */
export function readParams(entry: Field, entryKeys: readonly string[], component: ComponentSpec): Params {
  const long = entry.at("params");
  if (component.unavailable !== undefined) return unread(entry, entryKeys);
  const specs = new Map(component.params.map((spec) => [spec.id, spec]));
  const longKeys = long.given ? (long.keys() ?? []) : [];
  for (const key of longKeys) {
    if (entry.full) break;
    if (specs.has(key)) continue;
    long
      .at(key)
      .refuse(`${quote(key)} is not a parameter of ${component.type}; ${suggestion(key, specs.keys())}`, "key");
  }
  for (const key of entry.keys() ?? []) {
    if (entry.full) break;
    if (entryKeys.includes(key) || specs.has(key)) continue;
    const known = [...entryKeys, ...specs.keys()];
    entry.at(key).refuse(`${quote(key)} is not a parameter of ${component.type}; ${suggestion(key, known)}`, "key");
  }

  const params: Params = {};
  for (const spec of component.params) {
    const short = entryKeys.includes(spec.id) ? undefined : entry.at(spec.id);
    if (short?.value !== undefined && longKeys.includes(spec.id))
      short.refuse(`${spec.id} stands under params too; keep one`, "key");
    const field = short?.value !== undefined ? short : long.at(spec.id);
    const value = field.value === undefined ? defaultOf(spec, component, field) : readValue(field, spec);
    if (value !== undefined) params[spec.id] = value;
  }
  return params;
}

/** The parameters of a component that is not there to ask: kept as they were written. */
function unread(entry: Field, entryKeys: readonly string[]): Params {
  const written = Object.entries((entry.value ?? {}) as Record<string, ParamValue>);
  const long = entry.at("params");
  return {
    ...Object.fromEntries(written.filter(([key]) => !entryKeys.includes(key))),
    ...(long.given && long.keys() && (long.value as Params)),
  };
}

function defaultOf(spec: ParamSpec, component: ComponentSpec, field: Field): ParamValue | undefined {
  if (spec.required) {
    const unit = spec.unit ? ` in ${spec.unit}` : "";
    return field.refuse(`${spec.id} is missing; ${component.type} needs it: ${spec.kind}${unit}`);
  }
  return structuredClone(spec.default);
}

/** A value that fits the parameter; otherwise undefined, and a problem of the field. */
export function readValue(field: Field, spec: ParamSpec): ParamValue | undefined {
  switch (spec.kind) {
    case "number":
      return field.number(rangeOf(spec));
    case "integer":
      return field.number({ ...rangeOf(spec), whole: true });
    case "boolean":
      return field.boolean();
    case "choice":
      return field.choice(spec.choices ?? []);
    case "text":
      return field.text();
    case "numbers":
      return whole(field.items(LIMITS.numbers)?.map((item) => item.number(rangeOf(spec))));
    case "names":
      return readNames(field);
    case "bands":
      return readBands(field, spec);
    case "matrix":
      return readMatrix(field, spec);
  }
}

function rangeOf({ minimum, maximum, unit }: ParamSpec): Range {
  return { ...(minimum !== undefined && { minimum }), ...(maximum !== undefined && { maximum }), unit };
}

function readNames(field: Field): string[] | undefined {
  const seen = new Set<string>();
  return whole(
    field.items(LIMITS.names)?.map((item) => {
      const name = item.text();
      if (name === "") return item.refuse(`${item.name} is empty; give a name`);
      if (name !== undefined && seen.has(name.toLowerCase()))
        return item.refuse(`${quote(name)} stands in ${field.name} twice; keep one`);
      seen.add(name?.toLowerCase() ?? "");
      return name;
    }),
  );
}

function readBands(field: Field, spec: ParamSpec): Record<string, [number, number]> | undefined {
  const names = field.keys();
  if (!names) return undefined;
  if (names.length === 0) return field.refuse(`${field.name} is empty; name at least one band: { alpha: [8, 13] }`);
  if (names.length > LIMITS.bands)
    return field.refuse(`${field.name} has ${names.length} bands; at most ${LIMITS.bands} are allowed`);
  const bands = names.map((name): [string, [number, number]] | undefined => {
    const band = field.at(name);
    if (!ID.test(name)) return band.refuse(`${quote(name)} cannot name a band: ${ID_RULE}`, "key");
    const edges = band.items(LIMITS.numbers);
    if (!edges) return undefined;
    if (edges.length !== 2) return band.refuse(`${name} must be two numbers, [low, high], not ${edges.length}`);
    const [low, high] = edges.map((edge) => edge.number(rangeOf(spec)));
    if (low === undefined || high === undefined) return undefined;
    if (low >= high) return band.refuse(`${name}: ${low} is not below ${high}; a band is [low, high]`);
    return [name, [low, high]];
  });
  const complete = whole(bands);
  return complete && Object.fromEntries(complete);
}

function readMatrix(field: Field, spec: ParamSpec): number[][] | undefined {
  const rows = field.items(LIMITS.matrix_side);
  if (!rows) return undefined;
  const columns = Array.isArray(rows[0]?.value) ? rows[0].value.length : 0;
  if (columns === 0)
    return field.refuse(`${field.name} must be a list of rows, each a list of numbers: [[1, 0], [0, 1]]`);
  return whole(
    rows.map((row) => {
      const numbers = row.items(LIMITS.matrix_side);
      if (numbers && numbers.length !== columns)
        return row.refuse(
          `${row.name} is ${numbers.length} long, the first row ${columns}; make all rows equally long`,
        );
      return numbers && whole(numbers.map((item) => item.number(rangeOf(spec))));
    }),
  );
}

/** The list, if nothing in it was refused. */
function whole<T>(list: (T | undefined)[] | undefined): T[] | undefined {
  return list?.every((item) => item !== undefined) ? (list as T[]) : undefined;
}
