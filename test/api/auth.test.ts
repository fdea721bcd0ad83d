// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, expect, test } from "bun:test";
import { connect } from "node:net";
import { hostname } from "node:os";
import { startApi, type TestApi } from "./start-api.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

/** Every route stands here, so that who adds one says who may call it. */
const OPEN = [
  "GET /",
  "GET /docs",
  "GET /setup",
  "GET /stages",
  "POST /graph/patch",
  "GET /api/openapi.json",
  "GET /api/health/live",
  "GET /api/health/ready",
  "POST /api/sign-in",
];
const VIEWER = [
  "GET /api/system",
  "GET /api/system/safe-mode",
  "GET /api/system/network",
  "GET /api/system/update",
  "GET /api/stages",
  "GET /api/stages/:type",
  "GET /api/pipelines",
  "POST /api/pipelines/validate",
  "GET /api/pipelines/:name",
  "GET /api/graph",
  "GET /api/graph/yaml",
  "GET /api/params",
  "GET /api/params/:stage",
  "GET /api/streams",
  "GET /api/streams/:id",
  "WS /api/streams/:id",
  "GET /api/plugins",
  "GET /api/plugins/schema",
  "GET /api/plugins/system/status",
  "GET /api/plugins/generations",
  "GET /api/plugins/instances",
  "GET /api/plugins/instances/:iid",
  "GET /api/plugins/:id",
  "GET /api/plugins/:id/log",
  "GET /api/plugins/:id/presets/:preset",
  "GET /api/plugins/:id/shadow",
  "GET /api/plugins/:id/ui/*",
  "GET /api/project/files",
  "GET /api/project/files/*",
  "GET /api/recordings",
  "GET /api/recordings/:name",
  "GET /api/recordings/:name/download",
  "GET /api/telemetry",
  "GET /metrics",
  "GET /api/events",
  "GET /api/services",
];
const OPERATOR = [
  "POST /api/pipelines/stop",
  "PUT /api/pipelines/:name",
  "DELETE /api/pipelines/:name",
  "POST /api/pipelines/:name/start",
  "POST /api/graph/patch",
  "POST /api/graph/undo",
  "PATCH /api/params/:stage",
  "POST /api/markers",
  "DELETE /api/recordings/:name",
  "PUT /api/project/files/*",
  "DELETE /api/project/files/*",
  "POST /api/graph/presets/:plugin/:preset",
  "GET /api/plugins/index",
  "POST /api/plugins/:id/enable",
  "POST /api/plugins/:id/disable",
  "POST /api/plugins/:id/reload",
  "POST /api/plugins/:id/retry",
  "POST /api/plugins/:id/shadow",
  "POST /api/plugins/:id/shadow/take-over",
  "DELETE /api/plugins/:id/shadow",
  "POST /api/plugins/:id/rating",
  "POST /api/plugins/:id/services/:name",
  "POST /api/plugins/:id/instances",
  "POST /api/plugins/instances/:iid/execute",
  "DELETE /api/plugins/instances/:iid",
];
const ADMIN = [
  "GET /api/system/update/latest",
  "POST /api/system/update",
  "POST /api/system/reboot",
  "POST /api/system/power-off",
  "POST /api/system/network",
  "POST /api/sign-in/code",
  "POST /api/system/safe-mode/leave",
  "GET /api/users",
  "POST /api/users",
  "DELETE /api/users/:name",
  "POST /api/plugins/index/install",
  "GET /api/audit",
  "DELETE /api/plugins/:id",
  "POST /api/plugins/generations",
  "POST /api/plugins/generations/rollback",
];

test("every route is in the table", () => {
  expect([...OPEN, ...VIEWER, ...OPERATOR, ...ADMIN].sort()).toEqual(api.routes.sort());
});

/** Status of a call to something that is not there: past the guards it is never 401 or 403. */
async function knock(route: string, token: string | null): Promise<number> {
  const [method = "", path = ""] = route.split(" ");
  const abort = new AbortController();
  const response = await api.call(path.replace(/:\w+/g, "nobody"), {
    method: method === "WS" ? "GET" : method,
    token,
    signal: abort.signal,
    ...(method === "WS" && {
      headers: {
        ...{ connection: "Upgrade", upgrade: "websocket" },
        ...{ "sec-websocket-version": "13", "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==" },
      },
    }),
  });
  abort.abort();
  return response.status;
}

const callers = ["none", "wrong", "viewer", "operator", "admin"] as const;
const matrix = [
  ...OPEN.map((route) => [route, "none"]),
  ...VIEWER.map((route) => [route, "viewer"]),
  ...OPERATOR.map((route) => [route, "operator"]),
  ...ADMIN.map((route) => [route, "admin"]),
] as [string, (typeof callers)[number]][];

test.each(matrix)("%s needs at least: %s", async (route, needed) => {
  for (const caller of callers) {
    const token = caller === "none" ? null : caller === "wrong" ? "wrong" : api.tokens[caller];
    const status = await knock(route, token);
    const isLocalMetrics = route === "GET /metrics" && caller === "none";
    if (needed === "none" || isLocalMetrics) expect([401, 403]).not.toContain(status);
    else if (caller === "none" || caller === "wrong") expect(status).toBe(401);
    else if (callers.indexOf(caller) < callers.indexOf(needed)) expect(status).toBe(403);
    else expect([401, 403]).not.toContain(status);
  }
});

test.each(ADMIN)("%s needs an admin with a slash behind it, too", async (route) => {
  for (const caller of ["viewer", "operator"] as const)
    for (const path of [`${route}/`, `${route}//`]) expect([403, 404]).toContain(await knock(path, api.tokens[caller]));
  expect(await knock(`${route}/`, api.tokens.operator)).toBe(403);
});

test("a pipeline called validate is a pipeline like any other", async () => {
  for (const method of ["PUT", "DELETE"])
    expect((await api.call("/api/pipelines/validate", { method, token: api.tokens.viewer })).status).toBe(403);
});

test("401 says how to ask, and does not tell what exists", async () => {
  const none = await api.call("/api/nothing/here", { token: null });
  expect([none.status, none.headers.get("www-authenticate")]).toEqual([401, 'Bearer realm="stagebox"']);
  const wrong = await api.call("/api/graph", { token: "wrong" });
  expect(wrong.headers.get("www-authenticate")).toContain('error="invalid_token"');
  expect(await wrong.text()).not.toContain("wrong");
});

test("the header's scheme is bearer", async () => {
  const status = async (authorization: string) =>
    (await api.call("/api/system", { token: null, headers: { authorization } })).status;
  expect(await status(`bearer ${api.tokens.viewer}`)).toBe(200);
  for (const wrong of [`Basic ${api.tokens.viewer}`, api.tokens.viewer, "Bearer", `Bearer ${api.tokens.viewer} x`])
    expect(await status(wrong)).toBe(401);
});

test("the address may hold the token only where a browser cannot set a header", async () => {
  const status = async (path: string, method = "GET") =>
    (await api.call(`${path}?token=${api.tokens.admin}`, { method, token: null })).status;
  expect(await status("/api/recordings/none/download")).toBe(404);
  expect(await status("/api/streams/none")).toBe(404);
  for (const path of ["/api/system", "/api/graph", "/api/users", "/api/recordings"])
    expect(await status(path)).toBe(401);
  expect(await status("/api/recordings/none", "DELETE")).toBe(401);
  expect(await status("/api/pipelines/stop", "POST")).toBe(401);
});

test.each([
  "localhost",
  "LOCALHOST:8080",
  "127.0.0.1",
  "127.0.0.1:1",
  "[::1]:80",
  "192.168.7.7:8080",
  "[fe80::1]",
  hostname(),
  `${hostname().split(".")[0]}.local:8080`,
  "localhost.",
])("answers to the host %s", async (host) => {
  expect((await api.call("/api/system", { headers: { host } })).status).toBe(200);
});

test.each([
  "evil.example",
  "localhost.evil.example",
  "127.0.0.1.evil.example",
  "evil.example:80",
  "",
  "[evil]",
  "a@localhost",
  "localhost:80:80",
])("does not answer to the host %j", async (host) => {
  for (const path of ["/", "/api/health/live", "/api/system"])
    expect((await api.call(path, { headers: { host } })).status).toBe(421);
});

test("answers to names it is given", async () => {
  const named = await startApi(undefined, { hosts: ["Lab.Example"] });
  expect((await named.call("/api/system", { headers: { host: "lab.example:8080" } })).status).toBe(200);
  await named.close();
});

test("pages of other sites may not call, the box's own may", async () => {
  const status = async (origin: string) => (await api.call("/api/system", { headers: { origin } })).status;
  expect(await status(api.url)).toBe(200);
  for (const other of ["http://evil.example", "null", `${api.url}1`, "http://127.0.0.1", ""])
    expect(await status(other)).toBe(403);
});

/** A request exactly as it is written here; its status. */
function raw(target: string, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(api.url);
    const socket = connect(Number(port), hostname);
    const headers = `Host: ${host}\r\nAuthorization: Bearer ${api.tokens.viewer}\r\nConnection: close`;
    socket.write(`GET ${target} HTTP/1.1\r\n${headers}\r\n\r\n`);
    socket.once("data", (data) => {
      socket.destroy();
      resolve(Number(/^HTTP\/1.1 (\d+)/.exec(String(data))?.[1]));
    });
    socket.once("error", reject);
  });
}

test.each([
  "/api/users",
  "/api/users/",
  "/api/users?x",
  "//api/users",
  "/api//users",
  "/api/./users",
  "/x/../api/users",
  "/api/%75sers",
  "/api/users%2f",
  "/x/api/users",
  "/api/users;x",
  "/API/users",
  "http://localhost/api/users",
  "http://a/x/api/users",
  "/api/health/live/../../users",
])("no way of writing an address (%s) gets past its role", async (target) => {
  for (const host of ["localhost", hostname(), "127.0.0.1"]) {
    const status = await raw(target, host);
    expect(status).toBeGreaterThanOrEqual(400);
  }
});
