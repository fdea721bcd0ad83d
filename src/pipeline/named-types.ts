// SPDX-License-Identifier: Apache-2.0
import type { Document } from "./document.ts";

/** The types that a pipeline names, checked or not: what has to be there before it can be validated. */
export function namedTypes({ value }: Document): Set<string> {
  const { source, stages, sinks, tests } = (value ?? {}) as Record<string, unknown>;
  const list = (entries: unknown): unknown[] => (Array.isArray(entries) ? entries : []);
  const sources = list(tests).map((test) => (test as { source?: unknown } | null)?.source);
  const entries = [source, ...sources, ...list(stages), ...list(sinks)];
  return new Set(entries.map((entry) => String((entry as { type?: unknown } | null | undefined)?.type)));
}
