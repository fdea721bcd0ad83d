// SPDX-License-Identifier: Apache-2.0
//
// Applies a patch to a pipeline: all of it or nothing. The actions edit a draft one after the other, and the result is
// validated as if it had been read from a file.
import type { Catalog } from "./catalog.ts";
import { type Difference, difference } from "./difference.ts";
import { type Path, pointer } from "./document.ts";
import { Draft, findPart, type Part, refusal } from "./draft.ts";
import { componentsOf, ENTRY_KEYS, type EntryKind, freeId, readEntry } from "./entry.ts";
import { Field } from "./field.ts";
import type { PatchAction, RawEntry, Spot } from "./patch.ts";
import type { Pipeline } from "./pipeline.ts";
import { type Problem, ProblemsError } from "./problem.ts";
import { findPlace } from "./spot.ts";
import { validate } from "./validate.ts";
import { describe, quote } from "./words.ts";

export interface PatchResult {
  pipeline: Pipeline;
  difference: Difference;
}

const ANY: readonly EntryKind[] = ["source", "stage", "sink"];

/** Throws ProblemsError with the problems of every action; `pipeline` itself never changes. */
export function applyPatch(pipeline: Pipeline, actions: readonly PatchAction[], catalog: Catalog): PatchResult {
  const problems: Problem[] = [];
  // An action that fails leaves no trace, so that what else is wrong can be told all the same.
  const draft = actions.reduce(
    (before, action, index) => collect(problems, () => apply(before.copy(), action, [index], catalog)) ?? before,
    new Draft(pipeline),
  );
  const patched = collect(problems, () => validate(draft.document(), catalog));
  if (problems.length > 0 || !patched) throw new ProblemsError(problems);
  return { pipeline: patched, difference: difference(pipeline, patched, catalog, draft.renamed) };
}

function collect<T>(problems: Problem[], act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}

/** Edits the draft, and returns it. */
function apply(draft: Draft, action: PatchAction, at: Path, catalog: Catalog): Draft {
  const find = (id: string, ...kinds: EntryKind[]) => findPart(draft, id, kinds, [...at, "id"]);
  switch (action.action) {
    case "insert": {
      const stage = newPart(draft, "stage", action.stage, [...at, "stage"]);
      const problems: Problem[] = [];
      collect(problems, () => put(draft, stage, action, Object.hasOwn(action.stage, "group"), at, catalog));
      // A stage that finds no place is not in the draft: what else is wrong with it must be told here.
      if (problems.length > 0)
        throw new ProblemsError([...problems, ...entryProblems(action.stage, [...at, "stage"], catalog)]);
      break;
    }
    case "remove": {
      const stage = find(action.id, "stage");
      draft.detach(stage, [...at, "id"]);
      draft.dropTestsOf(stage.id);
      break;
    }
    case "move": {
      const stage = find(action.id, "stage");
      draft.detach(stage, [...at, "id"]);
      put(draft, stage, action, false, at, catalog);
      break;
    }
    case "replace":
      replace(draft, action, at);
      break;
    case "set":
      setParams(find(action.id, ...ANY), action.params, [...at, "params"], catalog);
      break;
    case "bypass": {
      const stage = find(action.id, "stage");
      stage.entry = { ...stage.entry, bypass: action.bypass };
      stage.blame.set("/bypass", [...at, "bypass"]);
      break;
    }
    case "add_sink": {
      const sink = newPart(draft, "sink", action.sink, [...at, "sink"]);
      sink.from ??= (draft.stages.at(-1) ?? draft.source).id;
      draft.sinks = [...draft.sinks, sink];
      break;
    }
    case "remove_sink": {
      const sink = find(action.id, "sink");
      draft.sinks = draft.sinks.filter((part) => part !== sink);
      break;
    }
    case "rename":
      rename(draft, find(action.id, ...ANY), action.to, [...at, "to"]);
      break;
  }
  return draft;
}

/** A part that the patch brings. */
function newPart(draft: Draft, kind: EntryKind, raw: RawEntry, at: Path): Part {
  if (kind === "stage" && raw.from !== undefined)
    throw refusal(
      [...at, "from"],
      "after, before or between say where an inserted stage takes its input; leave from out",
    );
  const { id: _, from: __, ...entry } = raw;
  const from = textOf(raw, "from", at);
  const taken = new Set(draft.parts.map((part) => part.id));
  const id = textOf(raw, "id", at) ?? freeId(typeof raw.type === "string" ? raw.type : kind, taken);
  if (taken.has(id)) throw refusal([...at, "id"], takenWords(id));
  return { kind, id, ...(from !== undefined && { from }), entry, blame: new Map([["", at]]) };
}

function textOf(raw: RawEntry, key: string, at: Path): string | undefined {
  const value = raw[key];
  if (value === undefined || typeof value === "string") return value;
  throw refusal([...at, key], `${key} must be text, not ${describe(value)}`);
}

function entryProblems(raw: RawEntry, at: Path, catalog: Catalog): Problem[] {
  const field = Field.root({ value: raw, place: (path) => ({ field: pointer([...at, ...path]) }) });
  readEntry(field, "stage", catalog, { written: new Set(), taken: new Set() });
  return field.problems;
}

/** Puts a stage that stands nowhere to its spot, in the group of its neighbours unless it has one to keep. */
function put(draft: Draft, stage: Part, spot: Spot, keepsGroup: boolean, at: Path, catalog: Catalog): void {
  const { upstream, consumers, group, blame } = findPlace(draft, stage, spot, at, catalog);
  if (!keepsGroup) stage.entry = { ...stage.entry, group };
  draft.attach(stage, upstream, consumers, blame);
}

function replace(draft: Draft, action: PatchAction & { action: "replace" }, at: Path): void {
  const kind = ANY.find((it) => action[it] !== undefined) ?? "stage";
  const part = findPart(draft, action.id, [kind], [...at, "id"]);
  const raw = action[kind] ?? {};
  const place = [...at, kind];
  const { id: _, from: __, ...entry } = raw;
  rename(draft, part, textOf(raw, "id", place) ?? part.id, [...place, "id"]);
  const from = textOf(raw, "from", place);
  part.entry = { ...(kind === "stage" && { group: part.entry.group }), ...entry };
  part.blame.clear();
  part.blame.set("", place);
  if (from !== undefined) part.from = from;
  else part.blame.set("/from", [...place, "type"]);
  // Its listeners may not be able to take what the new type gives.
  for (const consumer of draft.consumersOf(part.id)) consumer.blame.set("/from", [...place, "type"]);
}

/** Only what `given` names; null takes a value away, so that the default comes back. */
function setParams(part: Part, given: RawEntry, at: Path, catalog: Catalog): void {
  const { params: before, ...entry } = part.entry;
  const known =
    componentsOf(catalog, part.kind)
      .get(String(entry.type))
      ?.params.map((spec) => spec.id) ?? [];
  const isKept = ([key, value]: [string, unknown]) => value !== null || !known.includes(key);
  const isOwn = ([key]: [string, unknown]) => ENTRY_KEYS[part.kind].includes(key) || !Object.hasOwn(given, key);
  part.entry = {
    ...Object.fromEntries(Object.entries(entry).filter(isOwn)),
    params: Object.fromEntries(Object.entries({ ...(before as RawEntry | undefined), ...given }).filter(isKept)),
  };
  for (const key of Object.keys(given)) part.blame.set(pointer(["params", key]), [...at, key]);
}

function rename(draft: Draft, part: Part, to: string, at: Path): void {
  if (to === part.id) return;
  if (draft.find(to)) throw refusal(at, takenWords(to));
  draft.rename(part, to);
  part.blame.set("/id", at);
}

function takenWords(id: string): string {
  return `${quote(id)} is the id of another entry; choose one that is free`;
}
