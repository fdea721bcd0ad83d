// SPDX-License-Identifier: Apache-2.0
//
// A patch is a list of edits to a running pipeline, applied as one. This file reads it from a request's body:
//
//     {"action": "insert", "after": "notch", "stage": {"type": "fft", "size": 1024}}
//     [{"action": "set", "id": "band", "params": {"low_hz": 2}}, {"action": "remove", "id": "gain"}]
//     {"actions": [...], "dry_run": true}
import { type Document, pointer } from "./document.ts";
import { Field } from "./field.ts";
import { LIMITS } from "./limits.ts";
import { either } from "./words.ts";

/** An entry as a pipeline file would have it: checked with the whole pipeline once the patch is applied. */
export type RawEntry = Readonly<Record<string, unknown>>;

/**
 * Where a stage goes; exactly one of `after`, `before` and `between`.
 *
 * - `after: X`: behind X, and everything that listened to X listens to the stage. A stage that gives another kind of
 *   port than it takes (an fft) branches off instead, as those listeners could not take what it gives.
 * - `after: X, to: Y` (or a list): only Y listens to the stage, all others stay with X. `to: []` always branches off.
 * - `before: Y`: between Y and what Y listened to.
 * - `between: [X, Y]`: the same, if Y listens to X.
 */
export interface Spot {
  after?: string;
  before?: string;
  between?: [string, string];
  to?: string | string[];
}

export type PatchAction =
  /** Without an id the stage gets its type, or its type and a number; without a group, that of its neighbour. */
  | ({ action: "insert"; stage: RawEntry } & Spot)
  /** Who listened to it listens to what it listened to; what tests expected of it is dropped. */
  | { action: "remove"; id: string }
  | ({ action: "move"; id: string } & Spot)
  /** Under the key of its kind. Keeps id, input and group unless it names others. */
  | { action: "replace"; id: string; stage?: RawEntry; source?: RawEntry; sink?: RawEntry }
  /** Only these parameters, of any entry; null brings a default back. */
  | { action: "set"; id: string; params: Readonly<Record<string, unknown>> }
  | { action: "bypass"; id: string; bypass: boolean }
  /** Listens to the last stage unless it names another. */
  | { action: "add_sink"; sink: RawEntry }
  | { action: "remove_sink"; id: string }
  /** Of any entry, which stays the same instance. */
  | { action: "rename"; id: string; to: string };

export interface Patch {
  actions: PatchAction[];
  /** Only say what would happen. */
  dry_run: boolean;
}

const SPOT = ["after", "before", "between", "to"];
const KEYS: Record<PatchAction["action"], readonly string[]> = {
  insert: ["stage", ...SPOT],
  remove: ["id"],
  move: ["id", ...SPOT],
  replace: ["id", "stage", "source", "sink"],
  set: ["id", "params"],
  bypass: ["id", "bypass"],
  add_sink: ["sink"],
  remove_sink: ["id"],
  rename: ["id", "to"],
};
const ACTIONS = Object.keys(KEYS) as PatchAction["action"][];

/** Throws ProblemsError. Fields count the actions, whichever form the body has: `/0/stage/params/size`. */
export function parsePatch(body: unknown): Patch {
  const root = Field.root(patchDocument(body)).map(["actions", "dry_run"]);
  const actions = root?.at("actions").items(LIMITS.actions)?.map(readAction);
  const dryRun = root?.at("dry_run");
  const dry_run = dryRun?.given ? dryRun.boolean() === true : false;
  if (actions?.length === 0) root?.refuse(`the patch holds no action; give at least one of ${either(ACTIONS)}`);
  root?.settle();
  return { actions: (actions ?? []).filter((action) => action !== undefined), dry_run };
}

function patchDocument(body: unknown): Document {
  const isEnvelope = typeof body === "object" && body !== null && Object.hasOwn(body, "actions");
  return {
    value: isEnvelope ? body : { actions: Array.isArray(body) ? body : [body] },
    place: (path) => ({ field: pointer(path[0] === "actions" && path.length > 1 ? path.slice(1) : path) }),
  };
}

function readAction(field: Field): PatchAction | undefined {
  if (!field.keys()) return undefined;
  const action = given(field, "action", (it) => it.choice(ACTIONS));
  if (!action) return undefined;
  field.map(["action", ...KEYS[action]]);
  const id = () => given(field, "id", (it) => it.text()) ?? "";
  switch (action) {
    case "insert":
      return { action, stage: readMap(field, "stage"), ...readSpot(field) };
    case "move":
      return { action, id: id(), ...readSpot(field) };
    case "replace":
      return { action, id: id(), ...readReplacement(field) };
    case "set":
      return { action, id: id(), params: readMap(field, "params") };
    case "bypass":
      return { action, id: id(), bypass: field.at("bypass").given ? field.at("bypass").boolean() === true : true };
    case "add_sink":
      return { action, sink: readMap(field, "sink") };
    case "rename":
      return { action, id: id(), to: given(field, "to", (it) => it.text()) ?? "" };
    default:
      return { action, id: id() };
  }
}

function readSpot(field: Field): Spot {
  const named = ["after", "before", "between"].filter((key) => field.at(key).given);
  if (named.length !== 1) field.refuse("give exactly one of after, before and between");
  const [after, before, between, to] = SPOT.map((key) => field.at(key));
  if (to?.given && !after?.given)
    to.refuse("to goes with after only; before and between say already who listens", "key");
  const pair = between?.given ? between.items(2)?.map((it) => it.text() ?? "") : undefined;
  if (pair && pair.length !== 2) between?.refuse("between is a pair: [the producer, the one that listens to it]");
  return {
    ...(after?.given && { after: after.text() ?? "" }),
    ...(before?.given && { before: before.text() ?? "" }),
    ...(pair && { between: [pair[0] ?? "", pair[1] ?? ""] as [string, string] }),
    ...(to?.given && {
      to: Array.isArray(to.value) ? (to.items(LIMITS.stages) ?? []).map((it) => it.text() ?? "") : [to.text() ?? ""],
    }),
  };
}

function readReplacement(field: Field): { stage?: RawEntry; source?: RawEntry; sink?: RawEntry } {
  const named = ["stage", "source", "sink"].filter((key) => field.at(key).given);
  if (named.length !== 1) field.refuse("give exactly one of stage, source and sink");
  return Object.fromEntries(named.map((key) => [key, readMap(field, key)]));
}

function readMap(field: Field, key: string): RawEntry {
  return given(field, key, (it) => it.keys() && (it.value as RawEntry)) ?? {};
}

function given<T>(field: Field, key: string, read: (field: Field) => T | undefined): T | undefined {
  const inner = field.at(key);
  return inner.given ? read(inner) : inner.refuse(`${key} is missing; this action needs it`);
}
