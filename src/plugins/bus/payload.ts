// SPDX-License-Identifier: Apache-2.0
import { quote } from "../../pipeline/words.ts";
import type { PayloadSchema, PayloadType } from "../manifest/payload-schema.ts";

/** More than that nobody reads. */
const MOST_PROBLEMS = 8;

/** What is wrong with a value by its schema: `/count: must be at least 1`. */
export function payloadProblems(value: unknown, schema: PayloadSchema): string[] {
  const problems: string[] = [];
  check(value, schema, "", problems);
  return problems.slice(0, MOST_PROBLEMS);
}

function check(value: unknown, schema: PayloadSchema, place: string, problems: string[]): void {
  if (problems.length >= MOST_PROBLEMS) return;
  const complain = (words: string) => {
    problems.push(`${place || "it"} ${words}`);
  };
  const { type } = schema;
  if (type !== undefined && !isOf(type, value)) {
    complain(`must be of type ${type}, not ${typeOf(value)}`);
    return;
  }
  if (schema.enum && !schema.enum.some((it) => it === value))
    complain(`must be one of ${schema.enum.map((it) => JSON.stringify(it)).join(", ")}`);
  // 1e999 is read as Infinity, and would be written as null.
  if (typeof value === "number" && !Number.isFinite(value)) complain(`must be a number of at most ${Number.MAX_VALUE}`);
  if (typeof value === "number") within(value, schema.minimum, schema.maximum, "", complain);
  if (typeof value === "string") within([...value].length, schema.minLength, schema.maxLength, " characters", complain);
  if (Array.isArray(value)) {
    within(value.length, schema.minItems, schema.maxItems, " items", complain);
    for (const [index, item] of value.entries()) {
      if (!schema.items || problems.length >= MOST_PROBLEMS) break;
      check(item, schema.items, `${place}/${index}`, problems);
    }
  } else if (typeof value === "object" && value !== null) checkObject(value, schema, place, problems);
}

function checkObject(value: object, schema: PayloadSchema, place: string, problems: string[]): void {
  const { properties = {}, required = [], additionalProperties = true } = schema;
  for (const name of required) if (!Object.hasOwn(value, name)) problems.push(`${place || "it"} lacks ${quote(name)}`);
  for (const [name, member] of Object.entries(value)) {
    if (problems.length >= MOST_PROBLEMS) return;
    if (Object.hasOwn(properties, name)) check(member, properties[name] ?? {}, `${place}/${name}`, problems);
    else if (!additionalProperties)
      problems.push(`${place || "it"} has ${quote(name.slice(0, 64))}, which is not in its schema`);
  }
}

function within(
  amount: number,
  least: number | undefined,
  most: number | undefined,
  unit: string,
  complain: (words: string) => void,
): void {
  if (least !== undefined && amount < least) complain(`must ${unit ? "have" : "be"} at least ${least}${unit}`);
  if (most !== undefined && amount > most) complain(`must ${unit ? "have" : "be"} at most ${most}${unit}`);
}

function isOf(type: PayloadType, value: unknown): boolean {
  if (type === "integer") return Number.isInteger(value);
  return typeOf(value) === type;
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}
