// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { parse } from "../../src/pipeline/parse.ts";
import { validate } from "../../src/pipeline/validate.ts";
import { startApi, type TestApi } from "./start-api.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());
beforeEach(async () => {
  await api.call("/api/pipelines/alpha/start", { method: "POST" });
});

const patch = (body: unknown, headers: Record<string, string> = {}, query = "") =>
  api.call(`/api/graph/patch${query}`, { method: "POST", body, headers, token: api.tokens.operator });
const ids = async () => (await (await api.call("/api/graph")).json()).stages.map(({ id }: { id: string }) => id);

test("one action, a list, an envelope", async () => {
  expect((await patch({ action: "insert", after: "notch", stage: { type: "gain", gain_db: 6 } })).status).toBe(200);
  expect(await ids()).toEqual(["notch", "gain", "band"]);
  expect(
    (
      await patch([
        { action: "rename", id: "gain", to: "louder" },
        { action: "remove", id: "band" },
      ])
    ).status,
  ).toBe(200);
  expect(await ids()).toEqual(["notch", "louder"]);
  expect((await patch({ actions: [{ action: "remove", id: "louder" }] })).status).toBe(200);
  expect(await ids()).toEqual(["notch"]);
  expect(api.box.by).toBe("otto");
});

test("a list is applied as one: if one action is refused, none is done and all problems are told", async () => {
  const response = await patch([
    { action: "remove", id: "band" },
    { action: "remove", id: "nothc" },
    { action: "sett" },
  ]);
  expect(response.status).toBe(422);
  expect((await response.json()).problems.length).toBeGreaterThan(0);
  expect(await ids()).toEqual(["notch", "band"]);
});

test("a dry run changes nothing, wherever it is asked for", async () => {
  const remove = { action: "remove", id: "band" };
  for (const response of [
    await patch(remove, {}, "?dry_run=true"),
    await patch({ actions: [remove], dry_run: true }),
  ]) {
    expect(response.headers.get("etag")).toBeNull();
    expect(await response.json()).toMatchObject({ dry_run: true, graph: { stages: [{ id: "notch" }] } });
  }
  expect(await ids()).toEqual(["notch", "band"]);
  expect((await patch(remove, {}, "?dry_run=perhaps")).status).toBe(422);
});

test("the ETag goes up with each change, and a stale one is refused", async () => {
  const graph = await api.call("/api/graph");
  const etag = graph.headers.get("etag") ?? "";
  expect(etag).toBe(`"${(await graph.json()).revision}"`);
  expect((await api.call("/api/graph", { headers: { "if-none-match": etag } })).status).toBe(304);

  const set = { action: "set", id: "band", params: { low_hz: 2 } };
  const changed = await patch(set, { "if-match": etag });
  expect(changed.status).toBe(200);
  const next = changed.headers.get("etag") ?? "";
  expect(Number(JSON.parse(next))).toBe(Number(JSON.parse(etag)) + 1);

  const stale = await patch(set, { "if-match": etag });
  expect([stale.status, stale.headers.get("etag")]).toEqual([412, next]);
  const body = { low_hz: 3 };
  const params = await api.call("/api/params/band", { method: "PATCH", body, headers: { "if-match": etag } });
  expect(params.status).toBe(412);
  const undo = await api.call("/api/graph/undo", { method: "POST", headers: { "if-match": etag } });
  expect(undo.status).toBe(412);
  expect((await patch(set, { "if-match": '"abc"' })).status).toBe(400);
  expect((await patch(set, { "if-match": "*" })).status).toBe(200);
});

test("undo takes the last change back", async () => {
  await patch({ action: "remove", id: "band" });
  expect((await api.call("/api/graph/undo", { method: "POST" })).status).toBe(200);
  expect(await ids()).toEqual(["notch", "band"]);
});

test("the running graph as YAML holds the edits and is a pipeline again", async () => {
  await patch({ action: "set", id: "band", params: { low_hz: 5 } });
  const response = await api.call("/api/graph/yaml");
  expect(response.headers.get("content-type")).toBe("application/yaml");
  const pipeline = validate(parse(await response.text(), "graph.yaml"), api.box.catalog);
  expect(pipeline.stages[1]?.params.low_hz).toBe(5);
});
