// SPDX-License-Identifier: Apache-2.0
//
// Values of parameters and settings, as the component model has them.
import type { ParamSpec, Params, ParamValue } from "../../pipeline/catalog.ts";

export type Value =
  | { tag: "number"; val: number }
  | { tag: "boolean"; val: boolean }
  | { tag: "text"; val: string }
  | { tag: "numbers"; val: Float64Array }
  | { tag: "names"; val: string[] }
  | { tag: "bands"; val: { name: string; low: number; high: number }[] }
  | { tag: "matrix"; val: { rows: number; columns: number; numbers: Float64Array } };

export interface Setting {
  id: string;
  value: Value;
}

type Spec = Pick<ParamSpec, "id" | "kind">;

/** `value` has been held against the spec. */
export function componentValue({ kind }: Spec, value: ParamValue): Value {
  switch (kind) {
    case "number":
    case "integer":
      return { tag: "number", val: value as number };
    case "boolean":
      return { tag: "boolean", val: value as boolean };
    case "text":
    case "choice":
      return { tag: "text", val: String(value) };
    case "numbers":
      return { tag: "numbers", val: Float64Array.from(value as number[]) };
    case "names":
      return { tag: "names", val: value as string[] };
    case "bands": {
      const bands = Object.entries(value as Record<string, [number, number]>);
      return { tag: "bands", val: bands.map(([name, [low, high]]) => ({ name, low, high })) };
    }
    case "matrix": {
      const rows = value as number[][];
      const numbers = Float64Array.from(rows.flat());
      return { tag: "matrix", val: { rows: rows.length, columns: rows[0]?.length ?? 0, numbers } };
    }
  }
}

/** One for each row of the table that has a value, in its order. */
export function componentSettings(specs: readonly Spec[], values: Params): Setting[] {
  return specs.flatMap((spec) => {
    const value = values[spec.id];
    return value === undefined ? [] : [{ id: spec.id, value: componentValue(spec, value) }];
  });
}

/** The capability `config`, over the settings of a plugin. */
export function settingsReader(specs: readonly Spec[], values: Params): { get(id: string): Value | undefined } {
  const settings = new Map(componentSettings(specs, values).map(({ id, value }) => [id, value]));
  return { get: (id) => settings.get(id) };
}
