// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ALPHA, startApi, type TestApi } from "./start-api.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const YAML = { "content-type": "application/yaml" };
const put = (name: string, body: unknown, headers: Record<string, string> = YAML) =>
  api.call(`/api/pipelines/${name}`, { method: "PUT", body, headers });

test("YAML is kept as it was written, comments and all, and given as YAML or JSON", async () => {
  const response = await put("mine", ALPHA);
  expect(response.status).toBe(201);
  const etag = response.headers.get("etag");
  expect(await response.json()).toMatchObject({ name: "mine", bundled: false });
  expect((await put("mine", ALPHA)).status).toBe(200);
  for (const init of [{ path: "?format=yaml" }, { path: "", headers: { accept: "application/yaml" } }]) {
    const yaml = await api.call(`/api/pipelines/mine${init.path}`, init);
    expect([yaml.headers.get("content-type"), yaml.headers.get("etag")]).toEqual(["application/yaml", etag]);
    expect(await yaml.text()).toBe(ALPHA);
  }
  const json = await (await api.call("/api/pipelines/mine")).json();
  expect(json.stages[1]).toEqual({ id: "band", type: "bandpass", params: { low_hz: 1, high_hz: 40 } });
});

test("what GET gives as JSON can be PUT back, and becomes a file", async () => {
  const json = await (await api.call("/api/pipelines/alpha")).json();
  json.stages[1].params.low_hz = 3;
  expect((await put("copy", json, {})).status).toBe(201);
  const file = readFileSync(join(api.folder.pipelines, "copy.yaml"), "utf8");
  expect(file).toContain("  - { id: band, type: bandpass, params: { low_hz: 3, high_hz: 40 } }\n");
});

test("every problem of a refused pipeline is told with its place, and nothing is saved", async () => {
  const yaml =
    "schema: 1\nname: x\nsource: { type: synthetik }\nstages:\n  - { type: notch, params: { freq_hz: 0 } }\n";
  for (const response of [
    await put("bad", yaml),
    await api.call("/api/pipelines/validate", { method: "POST", body: yaml, headers: YAML }),
  ]) {
    expect(response.status).toBe(422);
    const { problems } = await response.json();
    expect(problems).toMatchObject([
      { line: 3, field: "/source/type" },
      { line: 5, field: "/stages/0/params/freq_hz" },
    ]);
    expect(problems[0].message).toContain('did you mean "synthetic"?');
  }
  expect((await api.call("/api/pipelines/bad")).status).toBe(404);
});

test("validate tells the defaults and saves nothing", async () => {
  const response = await api.call("/api/pipelines/validate", { method: "POST", body: ALPHA, token: api.tokens.viewer });
  const { valid, pipeline } = await response.json();
  expect(valid).toBe(true);
  expect(pipeline.stages[0]).toMatchObject({ from: "board", bypass: false, params: { q: 30 } });
});

test("a stale ETag is refused and tells the one that holds", async () => {
  const first = (await put("tagged", ALPHA)).headers.get("etag") ?? "";
  const second =
    (await put("tagged", ALPHA.replace("50", "60"), { ...YAML, "if-match": first })).headers.get("etag") ?? "";
  expect(second).not.toBe(first);
  const stale = await put("tagged", ALPHA, { ...YAML, "if-match": first });
  expect([stale.status, stale.headers.get("etag")]).toEqual([412, second]);
  const fresh = await api.call("/api/pipelines/tagged", { headers: { "if-none-match": second } });
  expect([fresh.status, await fresh.text()]).toEqual([304, ""]);
  const gone = await api.call("/api/pipelines/tagged", { method: "DELETE", headers: { "if-match": first } });
  expect(gone.status).toBe(412);
  expect((await put("new", ALPHA, { ...YAML, "if-match": first })).status).toBe(412);
  expect((await put("tagged", ALPHA, { ...YAML, "if-match": '"a", "b"' })).status).toBe(400);
});

test("a bundled pipeline can be covered, not deleted", async () => {
  const remove = () => api.call("/api/pipelines/alpha", { method: "DELETE" });
  expect((await remove()).status).toBe(409);
  expect((await put("alpha", ALPHA.replace("name: alpha", "name: mine"))).status).toBe(200);
  expect((await (await api.call("/api/pipelines/alpha")).json()).name).toBe("mine");
  expect((await remove()).status).toBe(204);
  expect((await (await api.call("/api/pipelines/alpha")).json()).name).toBe("alpha");
  expect((await api.call("/api/pipelines/nowhere", { method: "DELETE" })).status).toBe(404);
});

test("starts, with another input or other parameters for this run", async () => {
  const start = async (body?: unknown) =>
    (await api.call("/api/pipelines/alpha/start", { method: "POST", body, token: api.tokens.operator })).json();
  expect(await start()).toMatchObject({
    name: "alpha",
    source: { id: "board", type: "synthetic", params: { seed: 1 } },
  });
  expect((await start({ source: { seed: 7 } })).source.params.seed).toBe(7);
  expect((await start({ input: "a.edf", speed: 0 })).source).toMatchObject({
    ...{ id: "board", type: "replay" },
    params: { file: "a.edf", speed: 0, loop: false },
  });
  expect((await (await api.call("/api/graph")).json()).stages[0].from).toBe("board");
  expect(await start({ source: { seed: -1 } })).toMatchObject({
    status: 422,
    problems: [{ field: "/source/params/seed" }],
  });
  expect(await start({ inptu: "x" })).toMatchObject({ status: 422, problems: [{ field: "/inptu" }] });
});

test("curl's ways to send a file are understood", async () => {
  for (const type of [
    "",
    "application/x-www-form-urlencoded",
    "text/plain",
    "application/x-yaml",
    "text/yaml; charset=utf-8",
  ])
    expect((await put("curl", new Blob([ALPHA]).stream(), type ? { "content-type": type } : {})).status).toBeLessThan(
      300,
    );
  expect((await put("curl", "x", { "content-type": "multipart/form-data; boundary=x" })).status).toBe(415);
});

test.each(["..%2fadmin-token", "%2e%2e", "a%2fb", "a%00", "a.yaml", "-a", "x".repeat(65)])(
  "the name %s is refused",
  async (name) => {
    for (const method of ["GET", "DELETE"]) {
      const { status } = await api.call(`/api/pipelines/${name}`, { method });
      expect([400, 404]).toContain(status); // the client itself takes %2e%2e out of the address
    }
    expect([400, 404, 405]).toContain((await put(name, ALPHA)).status);
  },
);

test("a file whose lines curl joined is told the way to send it", async () => {
  const response = await put("joined", "schema: 1name: joinedsource: { type: synthetic }");
  expect(response.status).toBe(400);
  expect((await response.json()).problems[0].message).toContain("--data-binary");
});
