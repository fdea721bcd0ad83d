// SPDX-License-Identifier: Apache-2.0
//
// The OpenAPI document, made from the routes themselves. Their schemas are JSON Schema, which OpenAPI 3.1 takes as it is.
import type { AnyElysia } from "elysia";
import { requiredRole } from "./auth.ts";
import { PROBLEM_TYPE } from "./problem-response.ts";
import { ProblemDocument } from "./schemas.ts";

interface ObjectSchema {
  properties: Record<string, { description?: string }>;
  required?: string[];
}

/** What a path's `*` stands for is called in the document. */
const REST = "path";

type Responses = Record<string, object>;

interface Hooks {
  detail?: { summary?: string; description?: string; tags?: string[]; responses?: Responses; requestBody?: object };
  params?: ObjectSchema;
  query?: ObjectSchema;
  body?: object & { description?: string; examples?: unknown[] };
}

const ABOUT = `Everything a Stagebox does can be done here with curl. Errors are problem documents (RFC 9457) that say what is
wrong, where, and what to do. A call needs a token of its role (viewer < operator < admin):
\`curl -H "Authorization: Bearer TOKEN" ...\`; \`stagebox token show\` on the box prints the admin's.`;

export function openApi(app: AnyElysia, version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const { method, path, hooks } of app.routes as { method: string; path: string; hooks: Hooks }[]) {
    if (!hooks.detail?.summary) continue;
    const key = path.replaceAll(/:(\w+)/g, "{$1}").replace("*", `{${REST}}`);
    paths[key] = { ...paths[key], [method.toLowerCase()]: operationOf(method, key, hooks) };
  }
  const document = {
    openapi: "3.1.0",
    info: { title: "Stagebox", version, description: ABOUT, license: { name: "Apache-2.0", identifier: "Apache-2.0" } },
    servers: [{ url: "/" }],
    paths,
    components: {
      schemas: { Problem: ProblemDocument },
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
    },
  };
  return JSON.parse(JSON.stringify(document, (_, value) => plainInteger(value) ?? value));
}

/** Elysia's integers may be text too, which addresses need and readers do not. */
function plainInteger(schema: { anyOf?: { type?: string; format?: string }[] } | null): object | undefined {
  const [text, integer] = schema?.anyOf ?? [];
  return text?.format === "integer" && integer?.type === "integer"
    ? { ...schema, ...integer, anyOf: undefined }
    : undefined;
}

function operationOf(method: string, path: string, { detail = {}, params, query, body }: Hooks): object {
  const role = requiredRole(method, path);
  const parameters = [...parametersOf(params, "path"), ...parametersOf(query, "query")];
  const hasBody = body !== undefined || detail.requestBody !== undefined;
  return {
    operationId: [method.toLowerCase(), ...path.split(/\W+/).filter((word) => word && word !== "api")].join("_"),
    ...detail,
    description: [detail.description, role && `Needs the role ${role}.`].filter(Boolean).join(" "),
    ...(role ? { security: [{ token: [] }] } : { security: [] }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: { description: body.description ?? "", content: { "application/json": { schema: body } } },
    }),
    responses: { ...withProblems(detail.responses ?? {}), ...commonErrors(role !== undefined, hasBody, path) },
  };
}

function parametersOf(schema: ObjectSchema | undefined, place: "path" | "query"): object[] {
  return Object.entries(schema?.properties ?? {}).map(([name, { description, ...property }]) => ({
    name: name === "*" ? REST : name,
    in: place,
    required: place === "path" || schema?.required?.includes(name) === true,
    ...(description && { description }),
    schema: property,
  }));
}

/** All errors have the same form. */
function withProblems(responses: Responses): Responses {
  return Object.fromEntries(
    Object.entries(responses).map(([status, response]) => [
      status,
      Number(status) < 400 ? response : { ...problem, ...response },
    ]),
  );
}

const problem = { content: { [PROBLEM_TYPE]: { schema: { $ref: "#/components/schemas/Problem" } } } };

function commonErrors(isGuarded: boolean, hasBody: boolean, path: string): Responses {
  const errors: [boolean, number, string][] = [
    [hasBody, 400, "The body cannot be read."],
    [isGuarded, 401, "No token, or one that is not known."],
    [isGuarded, 403, "The token's role does not suffice."],
    [path.includes("{"), 404, "Nothing has that name."],
    [hasBody, 413, "The body is too large."],
    [hasBody, 415, "The body is of a type that cannot be read here."],
    [hasBody, 422, "What was sent does not hold together; every problem is listed."],
  ];
  return Object.fromEntries(
    errors.filter(([applies]) => applies).map(([, status, description]) => [status, { description, ...problem }]),
  );
}
