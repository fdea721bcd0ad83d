// SPDX-License-Identifier: Apache-2.0
//
// Reads one entry of a pipeline on its own: its type, id and parameters. How entries are joined is wiring.ts.
import type { Catalog, ComponentSpec, Params, Port } from "./catalog.ts";
import type { Field } from "./field.ts";
import { ID, ID_RULE } from "./limits.ts";
import { readParams } from "./params.ts";
import { suggestion } from "./suggest.ts";
import { quote } from "./words.ts";

export type EntryKind = "source" | "stage" | "sink";

export const ENTRY_KEYS: Record<EntryKind, readonly string[]> = {
  source: ["id", "type", "params"],
  stage: ["id", "type", "params", "from", "bypass", "group"],
  sink: ["id", "type", "params", "from"],
};

export const DEFAULT_GROUP = "main";

export type Component = ComponentSpec & { accepts?: readonly Port[] };

/** An entry as far as it can be understood; what could not be is among the problems of its field. */
export interface Entry {
  kind: EntryKind;
  field: Field;
  id: string;
  type: string;
  params: Params;
  /** Absent if no such component exists. */
  component: Component | undefined;
}

/** Ids of one pipeline: those it writes down anywhere, and those that the entries read so far have got. */
export interface Ids {
  written: ReadonlySet<string>;
  taken: Set<string>;
}

export function readEntry(field: Field, kind: EntryKind, catalog: Catalog, ids: Ids): Entry {
  const { type, component } = readComponent(field, kind, catalog);
  const id = readId(field.at("id"), type, ids);
  return { kind, field, id, type, params: component ? readParams(field, ENTRY_KEYS[kind], component) : {}, component };
}

/** A source without an id: the one that stands in for the pipeline's own in a test. */
export function readComponent(
  field: Field,
  kind: EntryKind,
  catalog: Catalog,
): { type: string; component: Component | undefined } {
  if (!field.keys()) return { type: kind, component: undefined };
  const given = field.at("type");
  if (!given.given) field.refuse(`type is missing; name the type of ${kind}`);
  const type = given.given ? given.text() : undefined;
  const component = type === undefined ? undefined : componentsOf(catalog, kind).get(type);
  if (type !== undefined && !component) given.refuse(unknownType(type, kind, catalog));
  return { type: type ?? kind, component };
}

export function componentsOf(catalog: Catalog, kind: EntryKind): ReadonlyMap<string, Component> {
  return { source: catalog.sources, stage: catalog.stages, sink: catalog.sinks }[kind];
}

/** The type, or the type and the first number that is free: `notch`, `notch2`. */
export function freeId(type: string, taken: ReadonlySet<string>): string {
  const stem =
    type
      .replace(/^[^a-z]+/i, "")
      .replace(/[^a-z0-9_-]/gi, "_")
      .slice(0, 28) || "entry";
  let id = stem;
  for (let number = 2; taken.has(id); number++) id = `${stem}${number}`;
  return id;
}

function readId(field: Field, type: string, { written, taken }: Ids): string {
  const given = field.given ? field.text() : undefined;
  if (given !== undefined && !ID.test(given)) field.refuse(`${quote(given)} cannot be an id: ${ID_RULE}`);
  const twice = given !== undefined && taken.has(given);
  if (twice) field.refuse(`${quote(given)} is the id of an entry above; give each its own`);
  const id = given === undefined || twice ? freeId(type, written.union(taken)) : given;
  taken.add(id);
  return id;
}

function unknownType(type: string, kind: EntryKind, catalog: Catalog): string {
  const other = (["source", "stage", "sink"] as const).find((it) => it !== kind && componentsOf(catalog, it).has(type));
  if (other)
    return `${quote(type)} is a ${other}, not a ${kind}; put it ${other === "source" ? "under source" : `among the ${other}s`}`;
  return `${quote(type)} is not a ${kind}; ${suggestion(type, componentsOf(catalog, kind).keys())}`;
}
