// SPDX-License-Identifier: Apache-2.0
import type { Document } from "./document.ts";

/** What is different from a pipeline's file, for one run. */
export interface StartOptions {
  /** A recording to play in the place of the pipeline's source. */
  input?: string;
  /** Times the recorded speed; 0: as fast as it goes. */
  speed?: number;
  /** Parameters of the source. */
  source?: Record<string, unknown>;
}

/** The document with another source, or other parameters for its source. It is validated afterwards, so nothing is checked here. */
export function withStartOptions(document: Document, { input, speed, source }: StartOptions): Document {
  if (!isMap(document.value)) return document;
  const written = isMap(document.value.source) ? document.value.source : {};
  // The stages may name the source by the id that its type gave it.
  const entry =
    input === undefined ? written : { id: written.id ?? written.type, type: "replay", params: { file: input } };
  const params = { ...(isMap(entry.params) && entry.params), ...(speed !== undefined && { speed }), ...source };
  const isChanged = input !== undefined || speed !== undefined || source !== undefined;
  if (!isChanged) return document;
  return { ...document, value: { ...document.value, source: { ...entry, params } } };
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
