// SPDX-License-Identifier: Apache-2.0
//
// Settings of a plugin ([config]) and parameters of its stages: a table row each, as a native library has them too.
import type { ParamSpec } from "../../pipeline/catalog.ts";
import type { Field } from "../../pipeline/field.ts";
import { readValue } from "../../pipeline/params.ts";
import {
  anyText,
  anything,
  choice,
  flag,
  list,
  number,
  optional,
  required,
  type Shape,
  table,
  text,
  turned,
} from "../../pipeline/shape.ts";

const KINDS = ["number", "integer", "boolean", "choice", "text", "numbers", "names", "bands", "matrix"] as const;
/** Kinds whose numbers minimum and maximum bound. */
const BOUNDED: readonly string[] = ["number", "integer", "numbers", "bands", "matrix"];

export const SNAKE_CASE = /^[a-z][a-z0-9_]{0,47}$/;
export const SNAKE_CASE_RULE = "is not snake case; write a lower-case letter, then up to 47 letters, digits or _";

const settingKeys = {
  kind: required("What kind of value it has.", choice(KINDS)),
  default: optional(
    "Its value where nobody chose one. A setting must have one; a parameter without one is required.",
    anything,
  ),
  unit: optional("Hz, s, uV; empty where there is none.", anyText(16), ""),
  minimum: optional("Of each number in it.", number()),
  maximum: optional("Of each number in it.", number()),
  choices: optional('What kind = "choice" has to choose from.', list(text({ most: 64 }), { least: 1, most: 64 })),
  description: optional("One sentence.", anyText(512), ""),
};

type Row = Omit<ParamSpec, "id" | "live" | "required" | "default"> & { default?: unknown };

/** A setting without its id; one that has no default is `required`. */
export const setting: Shape<Omit<ParamSpec, "id" | "live">> = turned(table(settingKeys), (row, field) =>
  checked(row as Row, field),
);

/** A row of [[stages.<type>.params]]. */
export const param: Shape<ParamSpec> = turned(
  table({
    id: required(
      "The name in a pipeline, its unit at the end: low_hz.",
      text({ pattern: SNAKE_CASE, rule: SNAKE_CASE_RULE }),
    ),
    live: optional("Changes between two blocks, without a new instance.", flag, false),
    ...settingKeys,
  }),
  ({ id, live, ...row }, field) => {
    const spec = checked(row as Row, field);
    return spec && { id, live, ...spec };
  },
);

function checked(row: Row, field: Field): Omit<ParamSpec, "id" | "live"> | undefined {
  const before = field.problems.length;
  const { kind, minimum, maximum, choices, default: _, ...rest } = row;
  if (minimum !== undefined && maximum !== undefined && minimum > maximum)
    field.at("minimum").refuse(`minimum: ${minimum} is above maximum ${maximum}; exchange them`);
  for (const bound of ["minimum", "maximum"] as const)
    if (row[bound] !== undefined && !BOUNDED.includes(kind))
      field.at(bound).refuse(`${bound} means nothing for kind ${kind}; leave it out`, "key");
  if (kind === "choice" && !choices)
    field.at("choices").refuse('choices is missing; list what kind = "choice" has to choose from');
  if (kind !== "choice" && choices)
    field.at("choices").refuse(`choices means nothing for kind ${kind}; write kind = "choice", or leave it out`, "key");
  if (field.problems.length > before) return undefined;

  const spec = {
    ...rest,
    kind,
    ...(minimum !== undefined && { minimum }),
    ...(maximum !== undefined && { maximum }),
    ...(choices && { choices }),
  };
  const given = field.at("default");
  if (!given.given) return { ...spec, required: true };
  const value = readValue(given, { ...spec, id: given.name, live: false, required: false });
  return value === undefined ? undefined : { ...spec, required: false, default: value };
}
