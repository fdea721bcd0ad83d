// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Value } from "@sinclair/typebox/value";
import { writeTree } from "../plugins/manifest.fixture.ts";
import { putPlugin } from "../plugins/odometer.fixture.ts";
import { startApi, type TestApi } from "./start-api.ts";

let api: TestApi;
const FORMAT = { rate_hz: 1000, channel_names: ["a", "b"] };

beforeAll(async () => {
  api = await startApi();
  const folder = join(api.folder.plugins, "odometer");
  await putPlugin(folder, {
    manifest: {
      category: "counters",
      capabilities: ["stage", "ui"],
      permissions: { network: true, read: ["/etc/hosts"] },
      config: { speed: { kind: "number", default: 1, minimum: 0, maximum: 9 } },
      presets: [{ id: "more", name: "More", file: "presets/more.yaml" }],
      ui: { bundle: "ui/bundle.js", component_name: "Panel", icon: "ui/icon.svg" },
    },
  });
  writeTree(folder, {
    "presets/more.yaml": "- { action: insert, after: notch, stage: { type: gain, gain_db: 6 } }\n",
    "ui/bundle.js": "export const Panel = 1;\n",
    "ui/icon.svg": "<svg/>",
    "secret.txt": "secret",
  });
  symlinkSync("../secret.txt", join(folder, "ui/link.txt"));
  symlinkSync("/etc/hostname", join(folder, "ui/out.txt"));
  writeTree(api.folder.plugins, { "broken/plugin.toml": "id = 7" });
  await api.plugins.rescan();
}, 60_000);
afterAll(() => api.close());

/** The answer, whose status and shape are as the document says. */
async function answer(route: string, path: string, status: number, init = {}) {
  const [method = "GET"] = route.split(" ");
  const response = await api.call(path, { method, ...init });
  const body = await response.json();
  expect([response.status, body]).toEqual([status, body]);
  const schema = api.schema(method, route.split(" ")[1] ?? "", status);
  if (schema) expect([...Value.Errors(schema, body)].map(({ path, message }) => `${path}: ${message}`)).toEqual([]);
  return body;
}

test("plugins are listed, filtered and shown", async () => {
  const { plugins } = await answer("GET /api/plugins", "/api/plugins", 200);
  expect(plugins.map(({ id, state }: { id: string; state: string }) => [id, state])).toEqual([["odometer", "ready"]]);
  for (const [query, count] of [
    ["state=ready&type=effect&category=counters", 1],
    ["state=error", 0],
    ["category=x", 0],
    ["capability=stage", 1],
    ["capability=backend", 0],
  ])
    expect((await answer("GET /api/plugins", `/api/plugins?${query}`, 200)).plugins).toHaveLength(Number(count));
  expect((await api.call("/api/plugins?state=asleep")).status).toBe(422);
  const one = await answer("GET /api/plugins/:id", "/api/plugins/odometer", 200);
  expect(one).toMatchObject({
    ...{ version: "1.0.0", origin: "box", isolation: "process", quarantined: false, faults: [] },
    permissions: { asked: { network: true }, granted: { network: false, read: [] } },
    config: { values: { speed: 1 } },
    stages: [{ type: "odometer", params: [{ id: "crash_at" }] }],
  });
  const status = await answer("GET /api/plugins/system/status", "/api/plugins/system/status", 200);
  expect(status).toMatchObject({ plugins: 1, ready: 1, error: 0, broken: [{ id: "broken" }] });
  expect((await answer("GET /api/plugins/schema", "/api/plugins/schema", 200)).properties.id).toBeObject();
  expect((await answer("GET /api/plugins/:id", "/api/plugins/odo", 404)).detail).toContain('did you mean "odometer"?');
  expect((await answer("GET /api/plugins/:id", "/api/plugins/broken", 404)).problems[0].file).toContain("plugin.toml");
  const { log } = await answer("GET /api/plugins/:id/log", "/api/plugins/odometer/log", 200);
  expect(log.map(({ text }: { text: string }) => text)).toContain("build 1 registers");
});

test("enabled with permissions and settings, disabled, reloaded, retried", async () => {
  const enable = (body: object) =>
    answer("POST /api/plugins/:id/enable", "/api/plugins/odometer/enable", 200, { body });
  const { permissions, config } = await enable({ grant: ["all"], config: { speed: 3 } });
  expect([permissions.granted.network, permissions.granted.read]).toEqual([true, ["/etc/hosts"]]);
  expect(config.values).toEqual({ speed: 3 });
  expect((await enable({ grant: ["read=/etc/hosts"] })).permissions.granted).toMatchObject({ network: false });
  expect((await enable({ grant: { network: true } })).permissions.granted).toMatchObject({ network: true, read: [] });
  for (const body of [{ grant: ["processes"] }, { pinned: "9.0.0" }, { config: { speed: 10 } }, { nonsense: 1 }])
    expect((await api.call("/api/plugins/odometer/enable", { method: "POST", body })).status).toBe(422);
  expect((await enable({ pinned: "1.0.0" })).pinned).toBe("1.0.0");
  expect((await enable({ pinned: null })).pinned).toBeUndefined();
  const { state } = await answer("POST /api/plugins/:id/disable", "/api/plugins/odometer/disable", 200);
  expect(state).toBe("disabled");
  expect((await enable({})).state).toBe("ready");
  const reloaded = await answer("POST /api/plugins/:id/reload", "/api/plugins/odometer/reload", 200);
  expect(reloaded.statistics.reloads).toBeGreaterThan(0);
  await answer("POST /api/plugins/:id/retry", "/api/plugins/odometer/retry", 200);
  const { token } = { token: api.tokens.viewer };
  expect((await api.call("/api/plugins/odometer/disable", { method: "POST", token })).status).toBe(403);
});

test("a broken build is refused with its reason", async () => {
  const folder = join(api.folder.plugins, "odometer");
  writeFileSync(join(folder, "plugin.toml"), `${await Bun.file(join(folder, "plugin.toml")).text()}\nnot toml`);
  const refused = await answer("POST /api/plugins/:id/reload", "/api/plugins/odometer/reload", 422);
  expect(refused.detail).toMatch(/not TOML/);
  const { state, reason } = await answer("GET /api/plugins/:id", "/api/plugins/odometer", 200);
  expect([state, reason]).toEqual(["ready", expect.stringContaining("version 1.0.0 goes on")]);
  const text = await Bun.file(join(folder, "plugin.toml")).text();
  writeFileSync(join(folder, "plugin.toml"), text.replace("\nnot toml", ""));
  await answer("POST /api/plugins/:id/reload", "/api/plugins/odometer/reload", 200);
});

test("instances: made, run with JSON and with bytes, deleted", async () => {
  const create = await api.call("/api/plugins/odometer/instances", { method: "POST", body: FORMAT });
  const { id } = await create.json();
  expect([create.status, create.headers.get("location")]).toEqual([201, `/api/plugins/instances/${id}`]);
  const path = `/api/plugins/instances/${id}`;
  expect((await answer("GET /api/plugins/instances", "/api/plugins/instances", 200)).instances).toHaveLength(1);
  expect((await answer("GET /api/plugins/instances/:iid", path, 200)).type).toBe("odometer");
  const body = {
    samples: [
      [1, 2],
      [3, 4],
      [5, 6],
    ],
  };
  const output = await answer("POST /api/plugins/instances/:iid/execute", `${path}/execute`, 200, { body });
  expect(output).toMatchObject({
    frames: 3,
    values: 1,
    unit: "1",
    samples: [
      [0, 1],
      [1, 1],
      [2, 1],
    ],
  });

  const headers = { "content-type": "application/octet-stream", accept: "application/octet-stream" };
  const send = (bytes: Uint8Array<ArrayBuffer>) =>
    fetch(`${api.url}${path}/execute`, {
      method: "POST",
      headers: { ...headers, authorization: `Bearer ${api.tokens.operator}` },
      body: bytes,
    });
  const binary = await send(new Uint8Array(new Float32Array([0, 0, 0, 0]).buffer));
  expect([binary.status, binary.headers.get("stagebox-frames")]).toEqual([200, "2"]);
  expect([...new Float32Array(await binary.arrayBuffer())]).toEqual([3, 1, 4, 1]);
  expect((await send(new Uint8Array(7))).status).toBe(422);
  expect((await send(new Uint8Array(2 ** 24 + 8))).status).toBe(413);
  const big = await send(new Uint8Array(2 ** 22));
  expect([big.status, big.headers.get("stagebox-frames")]).toEqual([200, String(2 ** 19)]);
  await big.arrayBuffer();

  for (const wrong of [{}, { samples: [[1]] }, { samples: [["x", 1]] }, { samples: [[1, 2]], more: 1 }])
    expect((await api.call(`${path}/execute`, { method: "POST", body: wrong })).status).toBe(422);
  const untyped = await fetch(`${api.url}${path}/execute`, {
    method: "POST",
    headers: { authorization: `Bearer ${api.tokens.operator}` },
    body: new Uint8Array(new Float32Array([1.7, 1.7]).buffer),
  });
  expect([untyped.status, ((await untyped.json()) as { detail: string }).detail]).toEqual([
    400,
    expect.stringMatching(/application\/octet-stream/),
  ]);
  const row = await api.call(`${path}/execute`, { method: "POST", body: { samples: [[1, 2], [1]] } });
  expect((await row.json()).detail).toBe("/samples/1: a row must be a list of 2 numbers, one for each channel");
  expect((await api.call(path, { method: "DELETE", token: api.tokens.viewer })).status).toBe(403);
  expect((await api.call(path, { method: "DELETE", token: api.tokens.operator })).status).toBe(204);
  expect((await api.call(path)).status).toBe(404);
  expect((await api.call("/api/plugins/odometer/instances", { method: "POST", body: { rate_hz: 1 } })).status).toBe(
    422,
  );
}, 30_000);

test("presets are shown, and merged into the graph", async () => {
  const preset = await answer("GET /api/plugins/:id/presets/:preset", "/api/plugins/odometer/presets/more", 200);
  expect(preset.actions[0].action).toBe("insert");
  expect((await api.call("/api/plugins/odometer/presets/less")).status).toBe(404);
  await api.call("/api/pipelines/alpha/start", { method: "POST" });
  const merge = (more = "", headers = {}) =>
    api.call(`/api/graph/presets/odometer/more${more}`, { method: "POST", token: api.tokens.operator, headers });
  const dry = await (await merge("?dry_run=true")).json();
  expect([dry.dry_run, dry.graph.stages.length]).toEqual([true, 3]);
  expect((await merge("", { "if-match": '"99"' })).status).toBe(412);
  const merged = await merge();
  expect([merged.status, merged.headers.get("etag")]).toEqual([200, expect.any(String)]);
  expect((await (await api.call("/api/graph")).json()).stages.map(({ type }: { type: string }) => type)).toContain(
    "gain",
  );
});

test("a console gets a plugin's files, and no others", async () => {
  const bundle = await api.call("/api/plugins/odometer/ui/bundle.js");
  expect([bundle.status, bundle.headers.get("content-type")]).toEqual([200, "text/javascript; charset=utf-8"]);
  expect(bundle.headers.get("x-content-type-options")).toBe("nosniff");
  const icon = await api.call("/api/plugins/odometer/ui/icon.svg");
  expect([icon.status, icon.headers.get("content-type")]).toEqual([200, "image/svg+xml"]);
  for (const name of [
    "../plugin.toml",
    "%2e%2e/plugin.toml",
    "..%2fsecret.txt",
    "out.txt",
    "",
    "nobody.js",
    "%zz",
    "%00",
  ]) {
    const { status } = await api.call(`/api/plugins/odometer/ui/${name}`);
    expect([name, status >= 400 && status < 500]).toEqual([name, true]);
  }
  expect(existsSync(join(api.folder.plugins, "odometer/secret.txt"))).toBe(true);
});

test("a shadow needs a version and a graph", async () => {
  const path = "/api/plugins/odometer/shadow";
  expect((await api.call(path)).status).toBe(404);
  expect((await api.call(path, { method: "POST", body: {} })).status).toBe(422);
  const refused = await api.call(path, { method: "POST", body: { version: "1.0.0" } });
  expect([refused.status, (await refused.json()).detail]).toEqual([422, expect.stringContaining("there is no other")]);
  expect((await api.call(path, { method: "DELETE" })).status).toBe(404);
  expect((await api.call(`${path}/take-over`, { method: "POST" })).status).toBe(404);
});

test("counters of plugins are among the metrics", async () => {
  const text = await (await api.call("/metrics")).text();
  expect(text).toMatch(/^stagebox_plugin_ready\{plugin="odometer",version="1.0.0"\} 1$/m);
  expect(text).toMatch(/^stagebox_plugin_crashes_total\{plugin="odometer"\} 0$/m);
  expect(text).toMatch(/^stagebox_plugin_block_seconds\{plugin="odometer",quantile="0.99"\} [\d.e-]+$/m);
});

test("who decided what is in the audit log, for admins alone", async () => {
  const enable = (body: object) =>
    answer("POST /api/plugins/:id/enable", "/api/plugins/odometer/enable", 200, { body });
  await enable({ grant: [], pinned: null, config: {} });
  const { rows: before } = await answer("GET /api/audit", "/api/audit?limit=1", 200);
  const granted = await enable({ grant: { network: true }, config: { speed: 3 }, pinned: "1.0.0" });
  expect(granted.permissions.missing).toEqual(["+ read /etc/hosts"]);
  await enable({ grant: [], pinned: null, config: {} });
  const { rows, problem } = await answer("GET /api/audit", "/api/audit?subject=odometer", 200);
  const words = rows
    .filter(({ id }: { id: number }) => id > before[0].id)
    .map(({ who, what, after }: Record<string, unknown>) => `${who} ${what} ${JSON.stringify(after) ?? ""}`.trim());
  expect(words.toReversed()).toEqual([
    ...['admin grant ["+ network"]', 'admin pin "1.0.0"', 'admin config {"speed":3}'],
    ...['admin revoke ["- network"]', "admin unpin", "admin config {}"],
  ]);
  expect(problem).toBeUndefined();
  const [newest, older] = (await answer("GET /api/audit", "/api/audit?limit=2", 200)).rows;
  const page = await answer("GET /api/audit", `/api/audit?limit=1&before=${newest.id}`, 200);
  expect(page.rows).toEqual([older]);
  for (const token of [api.tokens.viewer, api.tokens.operator])
    expect((await api.call("/api/audit", { token })).status).toBe(403);
});

test("generations are listed and brought back; a plugin is removed with what was decided about it", async () => {
  const list = async () => (await answer("GET /api/plugins/generations", "/api/plugins/generations", 200)).generations;
  await api.plugins.rescan();
  const from = (await list()).at(-1).number;
  const removed = await api.call("/api/plugins/odometer?version=1.0.0", { method: "DELETE" });
  expect(removed.status).toBe(204);
  expect((await api.call("/api/plugins/odometer")).status).toBe(404);
  expect((await list()).at(-1).changes).toEqual(["odometer 1.0.0 removed"]);
  const route = "POST /api/plugins/generations/rollback";
  const back = await answer(route, "/api/plugins/generations/rollback", 200, { body: { to: from } });
  expect(back).toMatchObject({ again: from, by: "admin" });
  expect((await answer("GET /api/plugins/:id", "/api/plugins/odometer", 200)).state).toBe("ready");
  expect((await api.call("/api/plugins/generations", { method: "POST", body: {} })).status).toBe(204);
  const wrong = await answer(route, "/api/plugins/generations/rollback", 422, { body: { to: 999 } });
  expect(wrong.detail).toContain("there is no generation 999; choose ");
});
