// SPDX-License-Identifier: Apache-2.0
import type { ValidationError } from "elysia";
import type { Problem } from "../pipeline/problem.ts";

interface SchemaIssue {
  path?: string;
  message?: string;
  summary?: string;
  value?: unknown;
  schema?: { description?: string };
}

/** What a schema found wrong with a request, in our words: the place, the problem, and what belongs there. */
export function validationProblems(error: ValidationError): Problem[] {
  const issues = error.all as SchemaIssue[];
  const problems = new Map<string, Problem>();
  for (const issue of issues) {
    const field = issue.path ?? "";
    // The first issue of a field is the cause, the others follow from it.
    if (!problems.has(field)) problems.set(field, { field: field || "/", message: words(issue, field) });
  }
  return [...problems.values()];
}

function words({ message = "is not valid", value, schema }: SchemaIssue, field: string): string {
  const name = field.split("/").at(-1) || "the request";
  if (message.startsWith("Unexpected property")) return `${name} is not known here; leave it out`;
  const wanted = schema?.description ? `: ${schema.description}` : "";
  if (value === undefined) return `${name} is missing${wanted}`;
  if (message === "Expected union value") return `${name} does not fit${wanted}`;
  return `${name} does not fit, ${message[0]?.toLowerCase()}${message.slice(1)}${wanted}`;
}
