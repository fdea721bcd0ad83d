// SPDX-License-Identifier: Apache-2.0
import { bodyDocument, type Document } from "../pipeline/document.ts";
import { parse } from "../pipeline/parse.ts";
import { ProblemsError } from "../pipeline/problem.ts";
import { refused } from "./problem-response.ts";

const ONE_LINE = {
  message: "the text is a single line; send a file with curl --data-binary @FILE, -d joins its lines",
};

/** A pipeline that was sent, as YAML text or as a JSON value. Throws HttpError 400 where it is not even YAML. */
export function readPipelineBody(body: unknown, name: string): Document {
  if (typeof body !== "string") return bodyDocument(body);
  try {
    return parse(body, `${name}.yaml`);
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    throw refused(400, body.includes("\n") ? error : new ProblemsError([ONE_LINE, ...error.problems]));
  }
}

/** For /docs. */
export const PIPELINE_BODY = {
  description: "A pipeline.",
  required: true,
  content: {
    "application/yaml": {
      schema: { type: "string" },
      example:
        "schema: 1\nname: alpha\nsource: { type: synthetic }\nstages:\n  - { type: notch, params: { freq_hz: 50 } }\n",
    },
    "application/json": { schema: { type: "object" } },
  },
};
