// SPDX-License-Identifier: Apache-2.0
//
// Joins the entries of a pipeline: who takes whose output, in which order, and whether the ports fit.
import { type Component, DEFAULT_GROUP, type Entry } from "./entry.ts";
import { findGroups } from "./groups.ts";
import { ID, ID_RULE } from "./limits.ts";
import { sortByUpstream } from "./order.ts";
import type { SinkEntry, StageEntry } from "./pipeline.ts";
import { suggestion } from "./suggest.ts";
import { either, portWords, quote } from "./words.ts";

/** Stages in an order in which each one's `from` stands before it, and sinks with theirs. */
export function wire(source: Entry, stages: Entry[], sinks: Entry[]): { stages: StageEntry[]; sinks: SinkEntry[] } {
  const producers = new Map([source, ...stages].map((entry) => [entry.id, entry]));
  const last = stages.at(-1) ?? source;

  const wiredStages = stages.map((stage, index) => {
    const before = stages[index - 1] ?? source;
    return { ...stage, from: readFrom(stage, before.id, producers), ...readFlags(stage) };
  });
  const wiredSinks = sinks.map((sink) => ({ ...sink, from: readFrom(sink, last.id, producers) }));
  for (const entry of [...wiredStages, ...wiredSinks]) checkPorts(entry, producers);

  const { sorted, cycles } = sortByUpstream(wiredStages);
  for (const chain of cycles) {
    const [first] = chain;
    const ids = chain.map(quote).join(" -> ");
    fieldOf(producers, first).refuse(
      `these stages feed each other: ${ids}; let one take its input from outside the circle`,
    );
  }
  const { entries, strays } = findGroups(sorted);
  for (const { field, id, from, group } of strays) {
    if (!producers.has(from)) continue;
    const entry = quote(entries.get(group) ?? "");
    field
      .at("from")
      .refuse(
        `${quote(id)} takes its input from ${quote(from)}, but its group ${quote(group)} is one thread and is fed by ${entry}; ` +
          "put it in a group of its own",
      );
  }
  return {
    stages: sorted.map(({ id, type, params, from, bypass, group }) => ({ id, type, params, from, bypass, group })),
    sinks: wiredSinks.map(({ id, type, params, from }) => ({ id, type, params, from })),
  };
}

function fieldOf(producers: ReadonlyMap<string, Entry>, id: string | undefined): Entry["field"] {
  const entry = producers.get(id ?? "");
  if (!entry) throw new Error(`${id} is not among the producers`);
  return entry.field.at("from");
}

function readFrom(entry: Entry, before: string, producers: ReadonlyMap<string, Entry>): string {
  const field = entry.field.at("from");
  if (!field.given) return before;
  const from = field.text();
  if (from === undefined || producers.has(from)) return from ?? before;
  const others = [...producers.keys()].filter((id) => id !== entry.id);
  field.refuse(`${quote(from)} is not the id of a source or stage; ${suggestion(from, others)}`);
  return from;
}

function readFlags({ field, component }: Entry): { bypass: boolean; group: string } {
  const bypassField = field.at("bypass");
  const bypass = bypassField.given && bypassField.boolean() === true;
  if (bypass && component && component.input !== component.output)
    bypassField.refuse(
      `${component.type} turns ${portWords(component.input)} into ${portWords(component.output)}, so it cannot be passed over; ` +
        "remove it instead",
    );
  const groupField = field.at("group");
  const group = groupField.given ? groupField.text() : DEFAULT_GROUP;
  if (group !== undefined && !ID.test(group)) groupField.refuse(`${quote(group)} cannot name a group: ${ID_RULE}`);
  return { bypass, group: group ?? DEFAULT_GROUP };
}

function checkPorts(entry: Entry & { from: string }, producers: ReadonlyMap<string, Entry>): void {
  const given = producers.get(entry.from)?.component?.output;
  if (!entry.component || given === undefined) return;
  const wanted = inputsOf(entry.component);
  if (wanted.includes(given)) return;
  const fitting = [...producers.values()].filter(
    (it) => it.id !== entry.id && it.component && wanted.includes(it.component.output),
  );
  const remedy =
    fitting.length > 0
      ? `take it from ${either(fitting.slice(0, 8).map((it) => it.id))}`
      : "put a stage between them that does";
  entry.field
    .at("from")
    .refuse(
      `${quote(entry.id)} takes ${either(wanted.map(portWords))}, but ${quote(entry.from)} gives ${portWords(given)}; ${remedy}`,
    );
}

/** The ports that a stage or sink can take. */
export function inputsOf(component: Component): readonly Component["input"][] {
  return component.accepts ?? [component.input];
}
