// SPDX-License-Identifier: Apache-2.0
//
// What an event carries, and a service takes and gives, as a JSON schema: the keywords of draft 2020-12 that can be checked
// in no more time than the payload is long. `pattern` is not among them, since a manifest is a stranger's.
import type { Field } from "../../pipeline/field.ts";
import type { Shape } from "../../pipeline/shape.ts";
import { quote } from "../../pipeline/words.ts";

export const PAYLOAD_TYPES = ["object", "array", "string", "number", "integer", "boolean", "null"] as const;
export type PayloadType = (typeof PAYLOAD_TYPES)[number];

export interface PayloadSchema {
  type?: PayloadType;
  description?: string;
  properties?: Record<string, PayloadSchema>;
  required?: string[];
  /** False: no others than `properties`. */
  additionalProperties?: boolean;
  items?: PayloadSchema;
  enum?: (string | number | boolean)[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
}

/** So deep, so many properties of one object, so many words. */
const MOST = { depth: 8, properties: 64, words: 64, chars: 512 };

const bound = (field: Field) => field.number();
const count = (field: Field) => field.number({ minimum: 0, maximum: 2 ** 20, whole: true });

const KEYWORDS: { [K in keyof Required<PayloadSchema>]: (field: Field, depth: number) => PayloadSchema[K] } = {
  type: (field) => field.choice(PAYLOAD_TYPES),
  description: (field) => field.text(MOST.chars),
  properties: readProperties,
  required: (field) => field.items(MOST.words)?.flatMap((item) => item.text(MOST.chars) ?? []),
  additionalProperties: (field) => field.boolean(),
  items: readSchema,
  enum: (field) => field.items(MOST.words)?.flatMap((item) => readWord(item) ?? []),
  ...{ minimum: bound, maximum: bound, minLength: count, maxLength: count, minItems: count, maxItems: count },
};

function readProperties(field: Field, depth: number): Record<string, PayloadSchema> | undefined {
  const names = field.keys();
  if (names && names.length > MOST.properties)
    return field.refuse(`${field.name} has ${names.length} entries; at most ${MOST.properties} are allowed`);
  return names && Object.fromEntries(names.map((name) => [name, readSchema(field.at(name), depth) ?? {}]));
}

function readWord(field: Field): string | number | boolean | undefined {
  const { value } = field;
  if (typeof value === "number" || typeof value === "boolean") return value;
  return field.text(MOST.chars);
}

function readSchema(field: Field, depth: number): PayloadSchema | undefined {
  if (depth === 0) return field.refuse(`${field.name} is ${MOST.depth} schemas deep; make it flatter`);
  if (!field.map(Object.keys(KEYWORDS))) return undefined;
  const given = Object.entries(KEYWORDS).filter(([keyword]) => field.at(keyword).given);
  return Object.fromEntries(given.map(([keyword, read]) => [keyword, read(field.at(keyword), depth - 1)]));
}

/** `root`: the type that it must be of as a whole, if it must be of one. */
export function payloadSchema(root?: PayloadType): Shape<PayloadSchema> {
  return {
    schema: { $ref: "https://json-schema.org/draft/2020-12/schema" },
    read(field) {
      const before = field.problems.length;
      const schema = readSchema(field, MOST.depth);
      if (root && schema?.type !== undefined && schema.type !== root)
        field.at("type").refuse(`type: ${quote(schema.type)}, and what goes along is always of type ${root}`);
      return field.problems.length > before ? undefined : schema;
    },
  };
}
