// SPDX-License-Identifier: Apache-2.0
//
// Where a patch puts a stage: behind whom, in front of whom, and in which group.
import type { Catalog } from "./catalog.ts";
import type { Path } from "./document.ts";
import { type Draft, findPart, type Part, refusal } from "./draft.ts";
import { DEFAULT_GROUP } from "./entry.ts";
import type { Spot } from "./patch.ts";
import { suggestion } from "./suggest.ts";
import { quote } from "./words.ts";

export interface Place {
  upstream: Part;
  /** Those that are to listen to the stage. */
  consumers: Part[];
  group: string;
  /** The part of the patch that says so. */
  blame: Path;
}

/** For a stage that stands nowhere in the draft. Throws ProblemsError. */
export function findPlace(draft: Draft, stage: Part, spot: Spot, at: Path, catalog: Catalog): Place {
  if (spot.after !== undefined) {
    const blame = [...at, "after"];
    const upstream = findProducer(draft, spot.after, blame);
    if (spot.to === undefined) {
      const consumers = branchesOff(stage, catalog) ? [] : draft.consumersOf(upstream.id);
      return {
        upstream,
        consumers,
        group: upstream.kind === "stage" ? groupOf(upstream) : groupOf(...consumers),
        blame,
      };
    }
    const consumers = [spot.to].flat().map((id) => findConsumer(draft, id, upstream, [...at, "to"]));
    return { upstream, consumers, group: groupOf(...consumers, upstream), blame };
  }
  const [above, below] = spot.between ?? [undefined, spot.before ?? ""];
  const blame = [...at, spot.between ? "between" : "before"];
  const consumer = findPart(draft, below, ["stage", "sink"], spot.between ? [...blame, 1] : blame);
  const upstream = findProducer(draft, above ?? consumer.from ?? "", spot.between ? [...blame, 0] : blame);
  if (consumer.from !== upstream.id) throw notListening(consumer, upstream, [...blame, 1]);
  return { upstream, consumers: [consumer], group: groupOf(consumer, upstream), blame };
}

function findProducer(draft: Draft, id: string, at: Path): Part {
  return findPart(draft, id, ["source", "stage"], at);
}

function findConsumer(draft: Draft, id: string, upstream: Part, at: Path): Part {
  const consumer = draft.consumersOf(upstream.id).find((part) => part.id === id);
  if (consumer) return consumer;
  const part = draft.find(id);
  if (part) throw notListening(part, upstream, at);
  const ids = draft.consumersOf(upstream.id).map((it) => it.id);
  throw refusal(at, `${quote(id)} does not listen to ${quote(upstream.id)}; ${suggestion(id, ids)}`);
}

function notListening(part: Part, upstream: Part, at: Path) {
  const truth = part.from === undefined ? "is the source" : `listens to ${quote(part.from)}`;
  return refusal(at, `${quote(part.id)} ${truth}, not to ${quote(upstream.id)}; name two that are joined`);
}

/** Gives another kind of port than it takes, so that those who listened to its input cannot take its output. */
function branchesOff({ entry }: Part, catalog: Catalog): boolean {
  const component = catalog.stages.get(String(entry.type));
  return component !== undefined && component.input !== component.output;
}

/** The group of the first of these that is a stage. */
function groupOf(...parts: Part[]): string {
  const group = parts.find((part) => part.kind === "stage")?.entry.group;
  return typeof group === "string" ? group : DEFAULT_GROUP;
}
