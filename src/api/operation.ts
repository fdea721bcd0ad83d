// SPDX-License-Identifier: Apache-2.0
//
// How a route describes itself for /docs. Answers are described, not checked at each call: their types are checked when
// the code is compiled, and against these schemas by the tests.
import type { TSchema } from "elysia";

/** What an answer holds: a schema of JSON, or the type of anything else. */
export interface Answer {
  description: string;
  schema?: TSchema;
  /** `application/json` if there is a schema. */
  type?: string;
}

export interface Operation {
  tags: [string];
  /** A few words. */
  summary: string;
  description?: string;
  /** By status. Errors need not be named: those that a route can have anyway are added. */
  answers: Record<number, Answer | string>;
  /** Where the body is not described by a schema of the route. */
  body?: { description: string; required?: boolean; content: Record<string, { schema?: object; example?: unknown }> };
}

/** The `detail` of a route. */
export function operation({ tags, summary, description, answers, body }: Operation) {
  return {
    tags,
    summary,
    ...(description && { description }),
    ...(body && { requestBody: body }),
    responses: Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, response(answer)])),
  };
}

function response(answer: Answer | string) {
  if (typeof answer === "string") return { description: answer };
  const type = answer.type ?? (answer.schema && "application/json");
  return { description: answer.description, ...(type && { content: { [type]: { schema: answer.schema ?? {} } } }) };
}
