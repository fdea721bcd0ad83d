// SPDX-License-Identifier: Apache-2.0
//
// Joins the entries of a pipeline: who takes whose output, in which order, and whether the ports fit.
import { DEFAULT_GROUP, type Entry } from "./entry.ts";
import { findGroups } from "./groups.ts";
import { ID, ID_RULE } from "./limits.ts";
import { sortByUpstream } from "./order.ts";
import type { SinkEntry, StageEntry } from "./pipeline.ts";
import { suggestion } from "./suggest.ts";
import { either, portWords, quote } from "./words.ts";

type Wired = Entry & { from?: string };

/** Stages in an order in which each one's `from` stands before it, and sinks with theirs. */
export function wire(source: Entry, stages: Entry[], sinks: Entry[]): { stages: StageEntry[]; sinks: SinkEntry[] } {
  const producers = new Map([source, ...stages].map((entry) => [entry.id, entry]));
  const last = stages.at(-1) ?? source;

  const wiredStages = stages.map((stage, index) => {
    const before = stages[index - 1] ?? source;
    return { ...stage, from: readFrom(stage, before.id, producers, sinks), ...readFlags(stage) };
  });
  const wiredSinks = sinks.map((sink) => ({ ...sink, from: readFrom(sink, last.id, producers, sinks) }));
  const wired = new Map<string, Wired>([source, ...wiredStages].map((entry) => [entry.id, entry]));
  for (const entry of [...wiredStages, ...wiredSinks]) checkPorts(entry, wired);

  const { sorted, cycles } = sortByUpstream(wiredStages);
  for (const chain of cycles) {
    const ids = chain.map(quote).join(" -> ");
    const field = wired.get(chain[0] ?? "")?.field.at("from");
    field?.refuse(`these stages feed each other: ${ids}; let one take its input from outside the circle`);
  }
  if (wiredStages.every((stage) => producers.has(stage.from))) checkGroups(sorted);
  return {
    stages: sorted.map(({ id, type, params, from, bypass, group }) => ({ id, type, params, from, bypass, group })),
    sinks: wiredSinks.map(({ id, type, params, from }) => ({ id, type, params, from })),
  };
}

function readFrom(
  entry: Entry,
  before: string,
  producers: ReadonlyMap<string, Entry>,
  sinks: readonly Entry[],
): string {
  const field = entry.field.at("from");
  if (!field.given) return before;
  const from = field.text();
  if (from === undefined || producers.has(from)) return from ?? before;
  const others = [...producers.keys()].filter((id) => id !== entry.id);
  const what = sinks.some(({ id }) => id === from)
    ? "a sink, and nothing comes after it"
    : "not the id of a source or stage";
  field.refuse(`${quote(from)} is ${what}; ${suggestion(from, others)}`);
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

function checkGroups(stages: readonly (Entry & StageEntry)[]): void {
  const { entries, strays } = findGroups(stages);
  for (const { field, id, from, group } of strays) {
    const [takes, feeder] = [quote(from), quote(entries.get(group) ?? "")];
    field
      .at("from")
      .refuse(
        `${quote(id)} takes its input from ${takes}, but its group ${quote(group)} is one thread and is fed by ${feeder}; ` +
          "put it in a group of its own",
      );
  }
}

function checkPorts(entry: Wired, producers: ReadonlyMap<string, Wired>): void {
  const given = producers.get(entry.from ?? "")?.component?.output;
  if (!entry.component || given === undefined) return;
  const wanted = entry.component.accepts ?? [entry.component.input];
  if (wanted.includes(given)) return;
  const fitting = [...producers.values()].filter(
    (it) => it.component && wanted.includes(it.component.output) && !descends(it, entry.id, producers),
  );
  const ids = fitting.slice(0, 8).map((it) => it.id);
  const remedy = ids.length > 0 ? `take it from ${either(ids)}` : "put a stage between them that does";
  const [takes, gives] = [either(wanted.map(portWords)), portWords(given)];
  entry.field
    .at("from")
    .refuse(`${quote(entry.id)} takes ${takes}, but ${quote(entry.from ?? "")} gives ${gives}; ${remedy}`);
}

/** Whether an entry is, or gets its input in the end from, the one with this id (or from a circle). */
function descends(entry: Wired, id: string, producers: ReadonlyMap<string, Wired>): boolean {
  const passed = new Set<string>();
  for (let at: Wired | undefined = entry; at; at = producers.get(at.from ?? "")) {
    if (at.id === id || passed.has(at.id)) return true;
    passed.add(at.id);
  }
  return false;
}
