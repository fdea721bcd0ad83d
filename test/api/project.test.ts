// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { PROJECT_FILE_BYTES } from "../../src/api/project.ts";
import { startApi, type TestApi } from "./start-api.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const call = (path: string, init = {}) =>
  api.call(`/api/project/files/${path}`, { token: api.tokens.operator, ...init });

test("a file is put, listed, fetched as it is and deleted", async () => {
  const body = '{"not": "read as JSON" ';
  const path = "reports/a%20b%C3%A4.json";
  const put = await call(path, { method: "PUT", body, headers: { "content-type": "application/json" } });
  const file = { path: "reports/a bä.json", bytes: 23, modified: expect.any(String) };
  expect([put.status, await put.json()]).toEqual([200, file]);
  const list = await api.call("/api/project/files", { token: api.tokens.viewer });
  expect(await list.json()).toEqual({ files: [file], room_bytes: expect.any(Number) });
  const fetched = await call(path, { token: api.tokens.viewer });
  expect([fetched.status, await fetched.text()]).toEqual([200, body]);
  const part = await call(path, { headers: { range: "bytes=2-4" } });
  expect([part.status, await part.text()]).toEqual([206, "not"]);
  const byAddress = await api.call(`/api/project/files/${path}?token=${api.tokens.viewer}`, { token: null });
  expect(byAddress.status).toBe(200);
  expect((await call(path, { method: "DELETE" })).status).toBe(204);
  expect((await call(path, { method: "DELETE" })).status).toBe(404);
  expect((await call(path)).status).toBe(404);
  expect(readdirSync(api.folder.project)).toEqual([]);
});

test.each([
  "..%2Ftokens.json",
  "a%2F..%2F..%2Ftokens.json",
  "%2Fetc%2Fpasswd",
  ".hidden",
  "a%00",
  "%ff",
  "link",
  "out%2Ftokens.json",
])("%s is refused", async (path) => {
  symlinkSync(join(api.folder.path, "tokens.json"), join(api.folder.project, "link"));
  symlinkSync(api.folder.path, join(api.folder.project, "out"));
  const statuses = await Promise.all(
    ["GET", "PUT", "DELETE"].map(
      async (method) => (await call(path, { method, ...(method === "PUT" && { body: "x" }) })).status,
    ),
  );
  expect(statuses).toEqual([400, 400, 400]);
  for (const name of ["link", "out"]) Bun.spawnSync(["rm", join(api.folder.project, name)]);
  expect(readdirSync(api.folder.project)).toEqual([]);
});

test("what is too long is refused before it is read", async () => {
  const body = new Uint8Array(PROJECT_FILE_BYTES + 1);
  const answer = await call("long", { method: "PUT", body: new Blob([body]).stream() });
  expect(answer.status).toBe(413);
  expect(readdirSync(api.folder.project)).toEqual([]);
});
