// SPDX-License-Identifier: Apache-2.0
//
// Every call once, as it should go, and each answer against what /docs says about it.
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Value } from "@sinclair/typebox/value";
import { ALPHA, type Call, startApi, type TestApi } from "./start-api.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());
beforeEach(async () => {
  await api.call("/api/pipelines/alpha/start", { method: "POST" });
});

/** The answer's JSON, which has the documented status and all documented fields, and no other. */
async function answer(method: string, route: string, path: string, status: number, init: Call = {}) {
  const response = await api.call(path, { method, ...init });
  expect(response.status).toBe(status);
  expect(response.headers.get("content-type")).toStartWith("application/json");
  const body = await response.json();
  const schema = api.schema(method, route, status);
  if (!schema) throw new Error(`${method} ${route} ${status} is not documented`);
  expect([...Value.Errors(schema, body)].map(({ path, message }) => `${path}: ${message}`)).toEqual([]);
  expect(Value.Clean(schema, structuredClone(body))).toEqual(body);
  return body;
}

test.each(["/api/health/live", "/api/health/ready", "/api/system", "/api/stages", "/api/pipelines", "/api/graph"])(
  "GET %s",
  (path) => answer("GET", path, path, 200),
);

test.each(["/api/params", "/api/streams", "/api/recordings", "/api/telemetry", "/api/users"])("GET %s", (path) =>
  answer("GET", path, path, 200),
);

test("stages: sources, stages and sinks are in one list, each has its own page", async () => {
  const { stages } = await answer("GET", "/api/stages", "/api/stages", 200);
  const roles = Object.fromEntries(stages.map(({ type, role }: { type: string; role: string }) => [type, role]));
  expect(roles).toMatchObject({ synthetic: "source", notch: "stage", recorder: "sink" });
  const notch = await answer("GET", "/api/stages/:type", "/api/stages/notch", 200);
  expect(notch.params[0]).toMatchObject({ id: "freq_hz", unit: "Hz", minimum: 0.001 });
  expect((await (await api.call("/api/stages/notchh")).json()).detail).toContain('did you mean "notch"?');
});

test("parameters: read with their ranges, set, refused by their own place", async () => {
  const before = await answer("GET", "/api/params/:stage", "/api/params/band", 200);
  expect(before.params[0]).toMatchObject({ id: "low_hz", value: 1, unit: "Hz" });
  const set = { body: { low_hz: 2 }, token: api.tokens.operator };
  const after = await answer("PATCH", "/api/params/:stage", "/api/params/band", 200, set);
  expect(after.params[0].value).toBe(2);
  expect(api.box.by).toBe("otto");
  const refused = await api.call("/api/params/band", { method: "PATCH", body: { low_hz: "x", lo_hz: 1 } });
  expect(refused.status).toBe(422);
  const fields = (await refused.json()).problems.map(({ field }: { field: string }) => field);
  expect(fields.sort()).toEqual(["/lo_hz", "/low_hz"]);
  expect((await api.call("/api/params/bnad")).status).toBe(404);
});

test("markers reach the box", async () => {
  await answer("POST", "/api/markers", "/api/markers", 201, { body: { label: "eyes closed", duration_s: 2 } });
  expect(api.box.marks.at(-1)).toEqual({ label: "eyes closed", duration_s: 2 });
});

test("recordings: listed, described, deleted unless open", async () => {
  for (const name of ["a.edf", "open.edf", "ä b.txt"]) writeFileSync(join(api.folder.recordings, name), "0123456789");
  const { recordings } = await answer("GET", "/api/recordings", "/api/recordings", 200);
  expect(recordings).toHaveLength(3);
  expect(await answer("GET", "/api/recordings/:name", "/api/recordings/a.edf", 200)).toMatchObject({ rate_hz: 256 });
  const odd = await answer("GET", "/api/recordings/:name", `/api/recordings/${encodeURIComponent("ä b.txt")}`, 200);
  expect(odd.problem).toBe("is of no known format");
  expect((await api.call("/api/recordings/a.edf", { method: "DELETE" })).status).toBe(204);
  expect(existsSync(join(api.folder.recordings, "a.edf"))).toBe(false);
  expect((await api.call("/api/recordings/a.edf", { method: "DELETE" })).status).toBe(404);
  expect((await api.call("/api/recordings/open.edf", { method: "DELETE" })).status).toBe(409);
});

test("users: added, in force at once, deleted", async () => {
  const added = await answer("POST", "/api/users", "/api/users", 201, { body: { name: "Zoe.1", role: "viewer" } });
  expect((await api.call("/api/graph", { token: added.token })).status).toBe(200);
  expect((await api.call("/api/users", { method: "POST", body: { name: "Zoe.1", role: "viewer" } })).status).toBe(409);
  expect((await api.call("/api/users/Zoe.1", { method: "DELETE" })).status).toBe(204);
  expect((await api.call("/api/graph", { token: added.token })).status).toBe(401);
  expect((await api.call("/api/users/Zoe.1", { method: "DELETE" })).status).toBe(404);
  expect((await api.call("/api/users/admin", { method: "DELETE" })).status).toBe(409);
  for (const body of [
    { name: "../x", role: "viewer" },
    { name: "x", role: "god" },
    { name: "x" },
    { name: "", role: "viewer" },
  ])
    expect((await api.call("/api/users", { method: "POST", body })).status).toBe(422);
});

test("the code on the screen gives a token that is in force at once; nothing else tells the code", async () => {
  const code = api.signIn.code ?? "";
  const wrong = await api.call("/api/sign-in", { method: "POST", token: null, body: { code: "0000-0000" } });
  expect([wrong.status, await wrong.text()]).toEqual([403, expect.not.stringContaining(code)]);
  const init = { token: null, body: { code } } as const;
  const { name, role, token } = await answer("POST", "/api/sign-in", "/api/sign-in", 201, init);
  expect([name, role]).toEqual(["admin-2", "admin"]);
  expect((await api.call("/api/users", { token })).status).toBe(200);
  expect((await api.call("/api/sign-in", { method: "POST", ...init })).status).toBe(409);
  const another = await api.call("/api/sign-in/code", { method: "POST" });
  expect([another.status, await another.text()]).toEqual([204, ""]);
  expect(api.signIn.code).not.toBe(code);
  expect((await api.call("/api/sign-in/code", { method: "POST", token: api.tokens.operator })).status).toBe(403);
  expect((await api.call("/api/sign-in", { method: "POST", token: null, body: { code: 7 } })).status).toBe(422);
});

test("readiness follows the pipeline", async () => {
  api.box.state = "fault";
  const refused = await api.call("/api/health/ready", { token: null });
  expect([refused.status, await refused.json()]).toEqual([
    503,
    expect.objectContaining({ flow: "fault", version: "0.1.0", build: "0123456789ab", safe_mode: false }),
  ]);
  api.box.state = "running";
  expect((await api.call("/api/health/ready", { token: null })).status).toBe(200);
});

test("metrics are in Prometheus's text format, odd names escaped", async () => {
  const response = await api.call("/metrics", { token: null }); // the test is on the box itself
  expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4");
  const text = await response.text();
  for (const line of text.trimEnd().split("\n"))
    expect(line).toMatch(/^(# (HELP|TYPE) stagebox_\w+ .+|stagebox_\w+(\{(\w+="([^"\\\n]|\\.)*",?)+\})? -?[\d.e+-]+)$/);
  expect(text).toContain('stagebox_group_deadline_seconds{group="ma\\"in"} 0.008\n');
  expect(text).toContain("# TYPE stagebox_source_frames_total counter\nstagebox_source_frames_total 224\n");
  expect(text).toContain('stagebox_stage_block_seconds{stage="notch",type="notch",quantile="0.99"} 0.00002\n');
});

test("home: text for curl with addresses that work, a page for a browser", async () => {
  const text = await (await fetch(api.url)).text();
  expect(text).toContain(`${api.url}/api/pipelines`);
  const page = await fetch(api.url, { headers: { accept: "text/html,*/*" } });
  expect(page.headers.get("content-type")).toStartWith("text/html");
  expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(await page.text()).toContain('href="/docs"');
});

test("short addresses lead on, method and body kept", async () => {
  const stages = await api.call("/stages");
  expect([stages.status, stages.headers.get("location")]).toEqual([308, "/api/stages"]);
  const body = { action: "insert", after: "notch", stage: { type: "fft", size: 1024 } };
  const patch = await api.call("/graph/patch?dry_run=true", { method: "POST", body, redirect: "follow" });
  expect(patch.status).toBe(200);
  expect(await patch.json()).toMatchObject({ dry_run: true, graph: { stages: [{}, { type: "fft" }, {}] } });
});

test("a pipeline stops, and calls that need one say so", async () => {
  expect((await api.call("/api/pipelines/stop", { method: "POST" })).status).toBe(204);
  for (const [method, path, body] of [
    ["GET", "/api/graph"],
    ["GET", "/api/graph/yaml"],
    ["GET", "/api/params"],
    ["POST", "/api/graph/undo"],
    ["POST", "/api/markers", { label: "x" }],
    ["POST", "/api/graph/patch", { action: "remove", id: "x" }],
  ] as const) {
    const response = await api.call(path, { method, body });
    expect(response.status).toBe(409);
    expect((await response.json()).detail).toContain("POST /api/pipelines/NAME/start");
  }
  expect(await (await api.call("/api/streams")).json()).toEqual({ streams: [] });
  expect((await api.call("/api/telemetry")).status).toBe(200);
  expect((await api.call("/api/health/ready")).status).toBe(200);
});

test("HEAD answers as GET does, without the body", async () => {
  const head = await api.call("/api/pipelines/alpha?format=yaml", { method: "HEAD" });
  expect([head.status, head.headers.get("content-length")]).toEqual([200, String(ALPHA.length)]);
  expect(await head.text()).toBe("");
});
