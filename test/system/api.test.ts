// SPDX-License-Identifier: Apache-2.0
// Every route of the API once, on a service that runs; and clients that do not read next to one that does.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { writeTree } from "../plugins/manifest.fixture.ts";
import { putPlugin } from "../plugins/odometer.fixture.ts";
import { Listener } from "./listener.ts";
import { type Answer, quick, Service, until } from "./service.ts";
import { SleepyClient } from "./sleepy-client.ts";

let service: Service;
const visited = new Set<string>();

beforeAll(async () => {
  service = await Service.start();
});
afterAll(() => service.discard());

/** Calls `template` with its {names} filled in. */
async function call(
  method: string,
  template: string,
  {
    names = {},
    query = "",
    ...options
  }: {
    names?: Record<string, string>;
    query?: string;
    body?: unknown;
    headers?: Record<string, string | undefined>;
  } = {},
): Promise<Answer> {
  visited.add(`${method} ${template}`);
  const path = template.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(names[name] ?? ""));
  return service.call(method, path + query, options.body, options.headers);
}

async function expectOk(answer: Promise<Answer>, status = 200): Promise<Answer> {
  const got = await answer;
  if (got.status !== status) throw new Error(`${got.status}, not ${status}: ${got.text.slice(0, 500)}`);
  return got;
}

test("the box says what it is and what it can do", async () => {
  expect((await expectOk(call("GET", "/"))).text).toContain("stagebox token show");
  expect((await expectOk(call("GET", "/docs"))).text).toContain("<html");
  const nobody = { headers: { authorization: undefined } };
  expect((await expectOk(call("GET", "/api/health/live", nobody))).body.status).toBe("ok");
  await until("packets", async () => (await call("GET", "/api/health/ready", nobody)).body.status === "ok");
  const { body: system } = await expectOk(call("GET", "/api/system"));
  expect(system).toMatchObject({ version: expect.any(String), data: { path: service.data } });
  expect((await expectOk(call("GET", "/api/stages"))).body.stages.length).toBeGreaterThan(20);
  const { body: notch } = await expectOk(call("GET", "/api/stages/{type}", { names: { type: "notch" } }));
  expect(notch).toMatchObject({ type: "notch", input: "signal" });
});

test("the short paths lead to the long ones", async () => {
  const stages = await fetch(`${service.url}/stages`, { headers: { authorization: `Bearer ${service.token}` } });
  expect([stages.status, new URL(stages.url).pathname]).toEqual([200, "/api/stages"]);
  const patch = await service.post("/graph/patch?dry_run=true", {});
  expect([patch.status, patch.headers.get("location")]).toEqual([308, "/api/graph/patch?dry_run=true"]);
});

test("pipelines are kept, checked, started and stopped", async () => {
  const yaml = `schema: 1
name: mine # kept
source: { type: synthetic, params: { channels: 4 } }
stages: [{ id: quiet, type: gain, params: { gain_db: -6 } }]
sinks: [{ id: rec, type: recorder }, { id: out, type: stream }]
`;
  const names = { name: "mine" };
  const headers = { "content-type": "application/yaml" };
  const valid = await expectOk(call("POST", "/api/pipelines/validate", { body: yaml, headers }));
  expect(valid.body.pipeline.stages[0].params.gain_db).toBe(-6);
  const put = await expectOk(call("PUT", "/api/pipelines/{name}", { names, body: yaml, headers }), 201);
  const etag = put.headers.get("etag") ?? "";
  const got = await expectOk(call("GET", "/api/pipelines/{name}", { names, headers: { accept: "application/yaml" } }));
  expect([got.text, got.headers.get("etag")]).toEqual([yaml, etag]);
  const stale = { ...headers, "if-match": '"0123"' };
  await expectOk(call("PUT", "/api/pipelines/{name}", { names, body: yaml, headers: stale }), 412);
  expect(
    (await expectOk(call("GET", "/api/pipelines"))).body.pipelines.map((it: { name: string }) => it.name),
  ).toContain("mine");

  await expectOk(call("POST", "/api/pipelines/{name}/start", { names }));
  expect((await expectOk(call("GET", "/api/graph"))).body).toMatchObject({ name: "mine", state: "running" });
  await Bun.sleep(300);
  await expectOk(call("POST", "/api/pipelines/stop"), 204);
  await expectOk(call("GET", "/api/graph"), 409);
  await expectOk(call("DELETE", "/api/pipelines/{name}", { names }), 204);
  await expectOk(call("GET", "/api/pipelines/{name}", { names }), 404);
});

test("recordings are listed, downloaded in parts and deleted", async () => {
  const { body } = await expectOk(call("GET", "/api/recordings"));
  expect(body.recordings).toHaveLength(1);
  const names = { name: body.recordings[0].name as string };
  const one = await expectOk(call("GET", "/api/recordings/{name}", { names }));
  expect(one.body).toMatchObject({ format: "BDF+C", rate_hz: 250, open: false });
  const download = (headers = {}) => call("GET", "/api/recordings/{name}/download", { names, headers });
  const whole = await expectOk(download());
  const part = await expectOk(download({ range: "bytes=100-199" }), 206);
  expect(part.headers.get("content-range")).toBe(`bytes 100-199/${one.body.bytes}`);
  expect(part.text).toBe(whole.text.slice(100, 200));
  await expectOk(download({ range: `bytes=${one.body.bytes}-` }), 416);
  await expectOk(call("DELETE", "/api/recordings/{name}", { names }), 204);
  await expectOk(call("GET", "/api/recordings/{name}", { names }), 404);
});

test("the running graph is edited by revision, dry first, and taken back", async () => {
  await expectOk(call("POST", "/api/pipelines/{name}/start", { names: { name: "default" } }));
  const before = await expectOk(call("GET", "/api/graph"));
  const etag = before.headers.get("etag") ?? "";
  const body = { action: "insert", after: "notch", stage: { type: "fft", size: 1024 } };
  const dry = await expectOk(call("POST", "/api/graph/patch", { query: "?dry_run=true", body }));
  expect(dry.body).toMatchObject({ dry_run: true, graph: { revision: before.body.revision } });
  expect((await call("GET", "/api/graph")).text).toBe(before.text);
  const patched = await expectOk(call("POST", "/api/graph/patch", { body, headers: { "if-match": etag } }));
  expect(patched.headers.get("etag")).not.toBe(etag);
  expect(patched.body.graph.stages.map(({ id }: { id: string }) => id)).toContain("fft");
  await expectOk(call("POST", "/api/graph/patch", { body, headers: { "if-match": etag } }), 412);
  expect((await expectOk(call("GET", "/api/graph/yaml"))).text).toContain("type: fft");
  await expectOk(call("POST", "/api/graph/undo"));
  const after = await expectOk(call("GET", "/api/graph"));
  expect(after.body.stages).toEqual(before.body.stages);

  expect((await expectOk(call("GET", "/api/params"))).body.entries[0].id).toBe("board");
  const set = await expectOk(
    call("PATCH", "/api/params/{stage}", { names: { stage: "band" }, body: { low_hz: 2, high_hz: 30 } }),
  );
  const got = await expectOk(call("GET", "/api/params/{stage}", { names: { stage: "band" } }));
  expect(got.body).toEqual(set.body);
  expect(got.body.params.find(({ id }: { id: string }) => id === "low_hz").value).toBe(2);
});

test("streams carry the signal and the markers that are set", async () => {
  expect((await expectOk(call("GET", "/api/streams"))).body.streams.map(({ id }: { id: string }) => id)).toContain(
    "raw",
  );
  expect((await expectOk(call("GET", "/api/streams/{id}", { names: { id: "raw" } }))).body.format.channels).toBe(8);
  const raw = await Listener.open(service, "raw");
  const clean = await Listener.open(service, "clean", "&channels=O1,O2&decimate=5");
  await until("packets", () => raw.frames > 20);
  const at = raw.end_frame;
  await expectOk(call("POST", "/api/markers", { body: { label: "here", duration_s: 0.5 } }), 201);
  const mark = await until("the marker", () => raw.events.find(({ label }) => label === "here"));
  expect(mark.duration_s).toBe(0.5);
  expect(mark.at_frame).toBeGreaterThanOrEqual(at - 8);
  await until("the marker", () => clean.events.find(({ label }) => label === "here"));
  expect(clean.formats[0]).toMatchObject({ channel_names: ["O1", "O2"], rate_hz: 50 });
  expect([...raw.breaks(), ...clean.breaks()]).toEqual([]);
  raw.close();
  clean.close();
});

test("events are told as they happen", async () => {
  visited.add("GET /api/events");
  const stop = new AbortController();
  const events = await fetch(`${service.url}/api/events?token=${service.token}`, { signal: stop.signal });
  let text = "";
  const reading = (async () => {
    for await (const chunk of events.body ?? []) text += new TextDecoder().decode(chunk);
  })().catch(() => {});
  await service.post("/api/markers", { label: "told" });
  await service.patch({ action: "bypass", id: "notch", bypass: true });
  await until("the events", () => text.includes("event: StageOp"));
  expect(text).toMatch(/event: Marker\ndata: \{.*"label":"told"/);
  stop.abort();
  await reading;
});

test("telemetry and metrics count", async () => {
  const { body } = await expectOk(call("GET", "/api/telemetry"));
  expect(body).toMatchObject({ state: "running", source: { lost_frames: 0 } });
  expect(body.stages.length).toBeGreaterThan(2);
  const { text } = await expectOk(call("GET", "/metrics"));
  expect(text).toMatch(/^stagebox_running 1$/m);
  expect(text).toMatch(/^stagebox_stage_frames_total\{stage="band",type="bandpass"\} \d+$/m);
});

test("plugins are found, run beside each other, run on a caller's data, and switched off", async () => {
  const folder = join(service.data, "plugins/odometer");
  const manifest = {
    presets: [{ id: "count", name: "Count", file: "count.yaml" }],
    ui: { bundle: "ui/bundle.js", component_name: "Panel" },
  };
  for (const version of ["1.0.0", "1.1.0"]) {
    await putPlugin(join(folder, version), { manifest: { version, ...manifest } });
    writeTree(join(folder, version), {
      "count.yaml": "- { action: insert, after: board, stage: { type: odometer }, to: [] }\n",
      "ui/bundle.js": "export {};\n",
    });
  }
  const names = { id: "odometer", plugin: "odometer", preset: "count", path: "bundle.js" };
  const at = (method: string, template: string, body?: unknown) =>
    call(method, template, { names, ...(body !== undefined && { body }) });
  const one = "/api/plugins/{id}";
  await until("it to be ready", async () => (await at("GET", one)).body.state === "ready");
  expect((await expectOk(at("GET", "/api/plugins"))).text).toContain('"odometer"');
  expect((await expectOk(at("GET", "/api/plugins/schema"))).body.properties).toBeObject();
  expect((await expectOk(at("GET", "/api/plugins/system/status"))).body.ready).toBeGreaterThan(0);
  expect((await expectOk(at("GET", `${one}/log`))).body.log.length).toBeGreaterThan(0);
  expect((await expectOk(at("GET", `${one}/ui/{path}`))).text).toBe("export {};\n");
  expect((await expectOk(at("POST", `${one}/enable`, { pinned: "1.0.0" }))).body.version).toBe("1.0.0");

  expect((await expectOk(at("GET", `${one}/presets/{preset}`))).body.actions).toHaveLength(1);
  const { body: merged } = await expectOk(at("POST", "/api/graph/presets/{plugin}/{preset}"));
  expect(merged.graph.stages.map(({ type }: { type: string }) => type)).toContain("odometer");
  const shadow = `${one}/shadow`;
  await expectOk(at("POST", shadow, { version: "1.1.0" }));
  await until("a comparison", async () => (await at("GET", shadow)).body.shadow[0].blocks > 3);
  expect((await expectOk(at("DELETE", shadow))).body.version).toBe("1.0.0");
  await expectOk(at("POST", shadow, { version: "1.1.0" }));
  expect((await expectOk(at("POST", `${shadow}/take-over`))).body.version).toBe("1.1.0");

  const format = { rate_hz: 100, channel_names: ["a"] };
  const { body: instance } = await expectOk(at("POST", `${one}/instances`, format), 201);
  const own = { names: { iid: instance.id } };
  await expectOk(call("GET", "/api/plugins/instances"));
  await expectOk(call("GET", "/api/plugins/instances/{iid}", own));
  const execute = call("POST", "/api/plugins/instances/{iid}/execute", { ...own, body: { samples: [[5], [5]] } });
  expect((await expectOk(execute)).body.samples).toEqual([[0], [1]]);
  await expectOk(call("DELETE", "/api/plugins/instances/{iid}", own), 204);

  expect((await expectOk(at("POST", `${one}/rating`, { stars: 4 }))).body.stars).toBe(4);
  for (const none of [
    call("GET", "/api/plugins/index"),
    call("POST", "/api/plugins/index/install", { body: { name: "gain" } }),
  ])
    expect((await expectOk(none, 422)).text).toContain("looks in no index yet");
  for (const what of ["reload", "retry"])
    expect((await expectOk(at("POST", `${one}/${what}`))).body.state).toBe("ready");
  expect((await expectOk(at("POST", `${one}/disable`))).body.state).toBe("disabled");
}, 60_000);

test("sets of plugins, and who decided about them", async () => {
  const sets = async () => (await expectOk(call("GET", "/api/plugins/generations"))).body.generations;
  await expectOk(call("POST", "/api/plugins/generations", { body: {} }), 204);
  const { number } = (await sets()).at(-1);
  await expectOk(call("DELETE", "/api/plugins/{id}", { names: { id: "odometer" } }), 204);
  expect((await sets()).at(-1)).toMatchObject({
    ...{ number: number + 1, by: "admin", plugins: [] },
    changes: ["odometer 1.0.0 removed", "odometer 1.1.0 removed", "odometer unpinned"],
  });
  const back = await expectOk(call("POST", "/api/plugins/generations/rollback", { body: {} }));
  expect(back.body).toMatchObject({ again: number, pins: { odometer: "1.1.0" } });
  const { rows } = (await expectOk(call("GET", "/api/audit"))).body;
  expect(rows.map(({ what }: { what: string }) => what)).toEqual(expect.arrayContaining(["remove", "roll-back"]));
}, 60_000);

test("users have their roles", async () => {
  const { body } = await expectOk(call("POST", "/api/users", { body: { name: "guest", role: "viewer" } }), 201);
  const headers = { authorization: `Bearer ${body.token}` };
  await expectOk(call("GET", "/api/graph", { headers }));
  await expectOk(call("POST", "/api/markers", { body: { label: "no" }, headers }), 403);
  expect((await expectOk(call("GET", "/api/users"))).body.users).toHaveLength(2);
  await expectOk(call("DELETE", "/api/users/{name}", { names: { name: "guest" } }), 204);
  await expectOk(call("GET", "/api/graph", { headers }), 401);
});

test("what an appliance can do is known here, and refused where this is none", async () => {
  for (const template of ["/setup", "/api/system/network", "/api/system/update", "/api/system/safe-mode"])
    await expectOk(call("GET", template));
  await expectOk(call("GET", "/api/system/update/latest"), 409);
  const network = { body: { ssid: "home" } };
  for (const [template, options] of [
    ["/api/sign-in", { body: { code: "XXXX-XXXX" } }],
    ["/api/sign-in/code", {}],
    ["/api/system/network", network],
    ["/api/system/update", {}],
    ["/api/system/reboot", {}],
    ["/api/system/power-off", {}],
  ] as const)
    await expectOk(call("POST", template, options), 409);
  expect((await expectOk(call("POST", "/api/system/safe-mode/leave"))).body.active).toBe(false);
});

test("the box's own services are called like those of plugins", async () => {
  expect((await expectOk(call("GET", "/api/services"))).body.services).toContainEqual(
    expect.objectContaining({ plugin: "stagebox", name: "project" }),
  );
  const names = { id: "stagebox", name: "project" };
  const answer = await expectOk(call("POST", "/api/plugins/{id}/services/{name}", { names, body: {} }));
  expect(answer.body.state).toBeString();
});

test("files of the project are put, listed, fetched and deleted", async () => {
  const route = "/api/project/files/{path}";
  const names = { path: "notes/today.txt" };
  await expectOk(call("PUT", route, { names, body: "slept well" }));
  expect((await expectOk(call("GET", "/api/project/files"))).body.files).toEqual([
    expect.objectContaining({ path: "notes/today.txt", bytes: 10 }),
  ]);
  expect((await expectOk(call("GET", route, { names }))).text).toBe("slept well");
  await expectOk(call("DELETE", route, { names }), 204);
});

test("and that is every route that the documentation lists", async () => {
  const { body } = await expectOk(call("GET", "/api/openapi.json"));
  const listed = Object.entries(body.paths as Record<string, object>).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect([...visited].sort()).toEqual(listed.sort());
});

test("a client that never reads costs the others nothing and the box little", async () => {
  const seconds = quick ? 3 : 12;
  const rate_hz = 16_000;
  const bytes = seconds * rate_hz * 64 * 4;
  const source = { type: "synthetic", params: { channels: 64, rate_hz } };
  const pipeline = { schema: 1, name: "loud", source, sinks: [{ id: "raw", type: "stream" }] };
  await expectOk(call("PUT", "/api/pipelines/{name}", { names: { name: "loud" }, body: pipeline }), 201);
  await expectOk(call("POST", "/api/pipelines/{name}/start", { names: { name: "loud" } }));
  const fast = await Listener.open(service, "raw");
  const slow = await SleepyClient.open(service, "raw");
  await Bun.sleep(1000);
  const before = service.residentBytes();
  await Bun.sleep(seconds * 1000);
  const grown = service.residentBytes() - before;
  console.log(`memory grew by ${(grown / 1e6).toFixed(1)} MB while ${(bytes / 1e6).toFixed(1)} MB were not read`);
  // The tap alone, filled for the first time, takes 4 s of the signal.
  expect(grown).toBeLessThan(28e6);
  expect(fast.breaks()).toEqual([]);
  expect(fast.frames).toBeGreaterThan(seconds * rate_hz);

  slow.wake();
  await until("the sleeper to catch up", () => (slow.packets().at(-1)?.first_frame ?? 0) > seconds * rate_hz);
  const packets = slow.packets();
  expect(packets.some(({ lost_before }) => lost_before > 0)).toBe(true);
  for (const [index, { first_frame, lost_before }] of packets.entries()) {
    const before = packets[index - 1];
    if (before) expect(first_frame).toBe(before.first_frame + before.frames + lost_before);
  }
  slow.close();
  fast.close();
  await service.post("/api/pipelines/stop");
}, 40_000);
