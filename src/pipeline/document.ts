// SPDX-License-Identifier: Apache-2.0
import type { Problem } from "./problem.ts";

/** Keys and indices that lead from a document's root to a value: `["stages", 1, "params", "low_hz"]`. */
export type Path = readonly (string | number)[];

export type Place = Omit<Problem, "message">;

/** Plain data from outside, not checked yet, that can say where each part of it stands. */
export interface Document {
  readonly value: unknown;
  /** Where a value stands, or its key in the map around it; for what is not there, the nearest thing around it. */
  place(path: Path, part?: "key" | "value"): Place;
}

/** `/stages/1/params/low_hz` (RFC 6901). */
export function pointer(path: Path): string {
  return path.map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** A request's body as a document: places are JSON pointers. */
export function bodyDocument(value: unknown): Document {
  return { value, place: (path) => ({ field: pointer(path) }) };
}
