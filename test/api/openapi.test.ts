// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, expect, test } from "bun:test";
import { startApi, type TestApi } from "./start-api.ts";

interface Operation {
  operationId: string;
  summary: string;
  tags: string[];
  description: string;
  security: object[];
  parameters?: { name: string; in: string; required: boolean; schema: object }[];
  requestBody?: { content: Record<string, { schema: object }> };
  responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>;
}

let api: TestApi;
let document: { openapi: string; info: object; paths: Record<string, Record<string, Operation>> };
let operations: [string, Operation][];
beforeAll(async () => {
  api = await startApi();
  document = await (await api.call("/api/openapi.json", { token: null })).json();
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, it]): [string, Operation] => [`${method.toUpperCase()} ${path}`, it]),
  );
});
afterAll(() => api.close());

test("is OpenAPI 3.1 and has every route but the redirects", () => {
  expect(document.openapi).toBe("3.1.0");
  const short = ["GET /stages", "POST /graph/patch"];
  const routes = api.routes.filter((route) => !route.startsWith("WS ") && !short.includes(route));
  expect(operations.map(([name]) => name).sort()).toEqual(
    routes.map((it) => it.replace(/:(\w+)/g, "{$1}").replace("*", "{path}")).sort(),
  );
});

test("every operation has a summary, a tag, a name of its own and answers in words", () => {
  expect(new Set(operations.map(([, it]) => it.operationId)).size).toBe(operations.length);
  for (const [, { summary, tags, responses, operationId }] of operations) {
    expect(operationId).toMatch(/^[a-z][a-z0-9_]+$/);
    expect(summary.length).toBeGreaterThan(5);
    expect(tags).toHaveLength(1);
    expect(Object.keys(responses).some((status) => Number(status) < 400)).toBe(true);
    for (const { description } of Object.values(responses)) expect(description.length).toBeGreaterThan(3);
  }
});

test("errors are problem documents, and calls that need a token say so", () => {
  for (const [name, { responses, security }] of operations) {
    for (const [status, { content }] of Object.entries(responses))
      if (Number(status) >= 400) expect(Object.keys(content ?? {})).toEqual(["application/problem+json"]);
    const isOpen = /^(GET (\/|\/docs|\/setup|\/api\/openapi.json|\/api\/health\/\w+)|POST \/api\/sign-in)$/.test(name);
    expect(security).toEqual(isOpen ? [] : [{ token: [] }]);
    expect("401" in responses).toBe(!isOpen);
  }
});

test("what changes a plugin or the graph by one may be refused, and says so", () => {
  const silent = operations.filter(
    ([name, { responses }]) => /^POST .*(plugins|presets)/.test(name) && !("422" in responses),
  );
  expect(silent.map(([name]) => name)).toEqual([]);
});

test("every part of a path is a parameter, and every parameter of a path a part of it", () => {
  for (const [name, { parameters = [] }] of operations) {
    const inPath = parameters.filter((it) => it.in === "path");
    expect(inPath.map((it) => it.name)).toEqual([...name.matchAll(/\{(\w+)\}/g)].map(([, part]) => part ?? ""));
    expect(inPath.every((it) => it.required)).toBe(true);
  }
});

test("bodies and references have something behind them", () => {
  for (const [name, { requestBody }] of operations) {
    const takesBody =
      /^(PUT|PATCH) |POST .*\/(validate|start|patch|markers|users|enable|instances|execute|shadow|generations|rollback|network|update|sign-in|install|rating|services\/\{name\})$/.test(
        name,
      );
    expect(requestBody !== undefined).toBe(takesBody);
  }
  const text = JSON.stringify(document);
  for (const [, path = ""] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
    const target = path
      .split("/")
      .reduce((it: unknown, key) => (it as Record<string, unknown> | undefined)?.[key], document);
    expect(target).toBeObject();
  }
});

test("the page loads nothing from elsewhere", async () => {
  const response = await fetch(`${api.url}/docs`);
  const page = await response.text();
  expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(page).not.toMatch(/https?:\/\/|\/\/cdn/);
  expect(page).not.toContain("innerHTML");
});
