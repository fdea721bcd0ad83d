// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, expect, test } from "bun:test";
import { symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startApi, type TestApi } from "./start-api.ts";

const BYTES = Uint8Array.from({ length: 100_000 }, (_, i) => (i * 31 + (i >> 8)) & 255);
let api: TestApi;
beforeAll(async () => {
  api = await startApi();
  writeFileSync(join(api.folder.recordings, "a b.edf"), BYTES);
});
afterAll(() => api.close());

const get = (headers: Record<string, string> = {}, method = "GET") =>
  api.call("/api/recordings/a%20b.edf/download", { headers, method, token: api.tokens.viewer });

test("the whole file, named, not to be run", async () => {
  const response = await get();
  expect(response.status).toBe(200);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    ...{ "accept-ranges": "bytes", "content-length": "100000", "content-type": "application/octet-stream" },
    ...{
      "content-disposition": `attachment; filename="a b.edf"; filename*=UTF-8''a%20b.edf`,
      "x-content-type-options": "nosniff",
    },
  });
  expect(await response.bytes()).toEqual(BYTES);
});

test.each([
  ["bytes=0-0", 0, 1],
  ["bytes=10-19", 10, 20],
  ["bytes=99990-", 99_990, 100_000],
  ["bytes=-10", 99_990, 100_000],
  ["bytes=-200000", 0, 100_000],
  ["bytes=50000-900000", 50_000, 100_000],
])("range %s", async (range, start, end) => {
  const response = await get({ range });
  expect(response.status).toBe(206);
  expect(response.headers.get("content-range")).toBe(`bytes ${start}-${end - 1}/100000`);
  expect(response.headers.get("content-length")).toBe(String(end - start));
  expect(await response.bytes()).toEqual(BYTES.slice(start, end));
});

test.each(["bytes=100000-", "bytes=200000-300000", "bytes=-0"])("range %s lies outside", async (range) => {
  const response = await get({ range });
  expect([response.status, response.headers.get("content-range")]).toEqual([416, "bytes */100000"]);
});

test.each(["bytes=5-3", "bytes=a-b", "bytes=-", "items=0-1", "bytes=0-1,5-6", "bytes=0-1-2"])(
  "range %s is none: the whole file",
  async (range) => {
    const response = await get({ range });
    expect([response.status, (await response.bytes()).length]).toEqual([200, 100_000]);
  },
);

test("a download goes on only if the file is the same", async () => {
  const etag = (await get()).headers.get("etag") ?? "";
  expect((await get({ "if-none-match": etag })).status).toBe(304);
  expect((await get({ range: "bytes=5-9", "if-range": etag })).status).toBe(206);
  utimesSync(join(api.folder.recordings, "a b.edf"), 1e9, 1e9);
  expect((await get({ "if-none-match": etag })).status).toBe(200);
  expect((await get({ range: "bytes=5-9", "if-range": etag })).status).toBe(200);
});

test("an empty file, and one that is not there", async () => {
  writeFileSync(join(api.folder.recordings, "empty.edf"), "");
  const empty = await api.call("/api/recordings/empty.edf/download");
  expect([empty.status, await empty.text()]).toEqual([200, ""]);
  expect((await api.call("/api/recordings/none.edf/download")).status).toBe(404);
});

test.each([
  "..%2f..%2fadmin-token",
  "%2e%2e%2fadmin-token",
  "..%5cadmin-token",
  "%2fetc%2fpasswd",
  ".hidden",
  "a%00.edf",
  "link.edf",
])("%s does not lead out of the folder", async (name) => {
  if (name === "link.edf") symlinkSync(api.folder.file("admin-token"), join(api.folder.recordings, name));
  for (const path of [`/api/recordings/${name}/download`, `/api/recordings/${name}`]) {
    const response = await api.call(path);
    expect([400, 404]).toContain(response.status);
    expect(await response.text()).not.toContain(api.tokens.admin);
  }
  expect([400, 404]).toContain((await api.call(`/api/recordings/${name}`, { method: "DELETE" })).status);
});

test("a name cannot break out of its header", async () => {
  const name = "it's*(1)\r\nX-Evil: \"é.edf";
  writeFileSync(join(api.folder.recordings, name), "x");
  const { headers } = await api.call(`/api/recordings/${encodeURIComponent(name)}/download`);
  const plain = 'filename="it_s_(1)__X-Evil_ __.edf"';
  const told = `attachment; ${plain}; filename*=UTF-8''it%27s%2a%281%29%0D%0AX-Evil%3A%20%22%C3%A9.edf`;
  expect([headers.get("content-disposition"), headers.get("x-evil")]).toEqual([told, null]);
});
