// SPDX-License-Identifier: Apache-2.0
import { type Static, t } from "elysia";
import type { Document } from "../pipeline/document.ts";

export const StartOptions = t.Object(
  {
    input: t.Optional(
      t.String({ minLength: 1, description: "A recording to play in the place of the pipeline's source." }),
    ),
    speed: t.Optional(
      t.Number({ minimum: 0, maximum: 1000, description: "Times the recorded speed; 0: as fast as it goes." }),
    ),
    source: t.Optional(t.Record(t.String(), t.Any(), { description: "Parameters of the source, for this run only." })),
  },
  { description: "What is different from the file, for this run only." },
);

/** The document with another source, or other parameters for its source. It is validated afterwards, so nothing is checked here. */
export function withStartOptions(document: Document, { input, speed, source }: Static<typeof StartOptions>): Document {
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
