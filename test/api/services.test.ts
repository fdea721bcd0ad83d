// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, expect, test } from "bun:test";
import { requiredRole } from "../../src/api/auth.ts";
import { BusBox } from "../plugins/bus/bus.fixture.ts";
import { ProjectBox } from "../project/project.fixture.ts";
import { startApi, type TestApi } from "./start-api.ts";

let box: BusBox;
let api: TestApi;
let project: ProjectBox;
beforeAll(async () => {
  box = await BusBox.open({
    id: "echo",
    kind: "script",
    code: `
import { service } from "stagebox";
service("say", (request) => request);
service("fail", () => { throw new Error("no"); });
service("leave", () => process.exit(1));
service("wait", () => new Promise(() => {}));
`,
    manifest: {
      services: {
        say: { description: "Says it again.", request: { type: "object", required: ["words"] } },
        ...{ fail: {}, leave: {}, wait: { timeout_ms: 50 } },
      },
    },
  });
  api = await startApi(undefined, { services: box.bus });
  project = await ProjectBox.open();
}, 30_000);
afterAll(async () => {
  await api.close();
  await project.close();
  await box.close();
});

const call = (name: string, body: unknown = {}, token = api.tokens.operator) =>
  api.call(`/api/plugins/echo/services/${name}`, { method: "POST", body, token });

test("an operator calls a service and has its answer", async () => {
  const answer = await call("say", { words: ["a", 1] });
  expect([answer.status, await answer.json()]).toEqual([200, { words: ["a", 1] }]);
  expect((await call("say", {}, api.tokens.viewer)).status).toBe(403);
  const { services } = await (await api.call("/api/services", { token: api.tokens.viewer })).json();
  expect(services).toContainEqual(
    expect.objectContaining({
      plugin: "echo",
      name: "say",
      description: "Says it again.",
      ready: true,
      timeout_ms: 2000,
    }),
  );
});

test.each<[string, unknown, number, string]>([
  ["nothing", {}, 404, 'there is no service "echo.nothing"'],
  ["say", { word: 1 }, 422, 'lacks "words"'],
  ["fail", {}, 502, "Error: no"],
  ["wait", {}, 504, "did not answer within 0.05 s"],
  ["leave", {}, 503, "fell over while it was asked"],
])("%s with %p: %i", async (name, body, status, words) => {
  const answer = await call(name, body);
  const { detail } = await answer.json();
  expect([answer.status, detail]).toEqual([status, expect.stringContaining(words)]);
});

test("a viewer may ask the box what changes nothing, and nothing else", async () => {
  for (const { name, role } of project.services.list())
    expect([name, requiredRole("POST", `/api/plugins/stagebox/services/${name}`)]).toEqual([name, role]);
  box.bus.offer(project.services);
  const ask = (name: string, body: object, token: string) =>
    api.call(`/api/plugins/stagebox/services/${name}`, { method: "POST", body, token });
  const { viewer, operator } = api.tokens;
  expect(await (await ask("project", {}, viewer)).json()).toMatchObject({ state: "stopped", files: 0 });
  expect((await ask("write_file", { path: "a.txt", content: "a" }, viewer)).status).toBe(403);
  expect((await ask("write_file", { path: "a.txt", content: "a" }, operator)).status).toBe(200);
  expect(await (await ask("read_file", { path: "a.txt" }, viewer)).json()).toMatchObject({ content: "a" });
  expect(project.audit.list()).toMatchObject([{ who: "otto", what: "stagebox.write_file" }]);
  const statuses: [string, object, number][] = [
    ["read_file", { path: "b.txt" }, 404],
    ["read_file", { path: "../b.txt" }, 400],
    ["mark", { label: "now" }, 409],
    ["start_pipeline", { name: "nothing" }, 404],
    ["write_file", { path: "a.txt" }, 422],
  ];
  for (const [name, body, status] of statuses)
    expect([name, (await ask(name, body, operator)).status]).toEqual([name, status]);
});
