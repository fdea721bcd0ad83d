// SPDX-License-Identifier: Apache-2.0
//
// Short words for the schemas of the box's services.
import type { PayloadSchema } from "../plugins/manifest/payload-schema.ts";

export const text = (description: string, more: PayloadSchema = {}): PayloadSchema => ({
  type: "string",
  ...more,
  description,
});
export const count = (description: string, more: PayloadSchema = {}): PayloadSchema => ({
  type: "integer",
  minimum: 0,
  ...more,
  description,
});
export const amount = (description: string, more: PayloadSchema = {}): PayloadSchema => ({
  type: "number",
  ...more,
  description,
});
export const flag = (description: string): PayloadSchema => ({ type: "boolean", description });
export const list = (items: PayloadSchema, more: PayloadSchema = {}): PayloadSchema => ({
  type: "array",
  items,
  ...more,
});

/** Nothing but these; `required` have to be there. */
export function object(properties: Record<string, PayloadSchema> = {}, required: string[] = []): PayloadSchema {
  return { type: "object", properties, required, additionalProperties: false };
}

/** With all of these. */
export function whole(properties: Record<string, PayloadSchema>): PayloadSchema {
  return object(properties, Object.keys(properties));
}
