// SPDX-License-Identifier: Apache-2.0
//
// The audit log is read through the API, and through nothing there is it written.
import { Database } from "bun:sqlite";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { ROLES } from "../../src/store/tokens.ts";
import { stagebox } from "../cli/stagebox.ts";
import { startApi, type TestApi } from "./start-api.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
  for (let i = 1; i <= 3; i++)
    api.audit.record({ by: { name: "otto", role: "operator" }, what: "grant", subject: `plugin-${i}` });
});
afterAll(() => api.close());

const METHODS = ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "GET"];
const ADDRESSES = ["", "/", "/2", "/2/", "?id=2", "?before=2&limit=1", "/../audit", "//", "/%2e%2e/audit"];
const FILES = ["audit.db", "../audit.db", "..%2faudit.db", "%2e%2e%2faudit.db", "..%5caudit.db"];
const ELSEWHERE = ["/api/pipelines/", "/api/recordings/", "/api/plugins/", "/api/users/", "/api/params/"];

test("it has one route, which reads", () => {
  expect(api.routes.filter((route) => route.includes("audit"))).toEqual(["GET /api/audit"]);
});

test("no method, address, header or role changes a row", async () => {
  const rows = api.audit.list();
  const body = { rows: [], id: 2, who: "nobody", what: "nothing", subject: "x", before: null, after: null };
  const paths = [
    ...ADDRESSES.map((address) => `/api/audit${address}`),
    ...ELSEWHERE.flatMap((folder) => FILES.map((file) => folder + file)),
  ];
  for (const path of paths)
    for (const method of METHODS)
      for (const role of ROLES) {
        const headers = { "x-http-method-override": "DELETE", "x-method-override": "PUT", "x-http-method": "PATCH" };
        const hasBody = !["GET", "HEAD"].includes(method);
        const init = { method, headers, token: api.tokens[role], ...(hasBody && { body }) };
        const { status } = await api.call(path, init);
        const isRead = ["GET", "HEAD"].includes(method) && role === "admin";
        if (!isRead) expect([method, path, role, status >= 400 && status < 500]).toEqual([method, path, role, true]);
      }
  expect([api.audit.list(), api.audit.problem()]).toEqual([rows, undefined]);
}, 30_000);

test("a row that was changed by other means is told, by the API and by the command line", async () => {
  const page = async () => (await api.call("/api/audit")).json();
  const command = () => stagebox(["audit", "--data", api.folder.path]);
  expect([(await page()).problem, (await command()).exitCode]).toEqual([undefined, 0]);
  const database = new Database(api.folder.file("audit.db"));
  expect(() => database.run("UPDATE audit SET who = 'nobody' WHERE id = 2")).toThrow("audit rows stay");
  database.run("DROP TRIGGER no_update");
  database.run("UPDATE audit SET who = 'nobody' WHERE id = 2");
  database.close();
  expect((await page()).problem).toBe("row 2 is not what was written");
  const { exitCode, stderr } = await command();
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining("row 2 is not what was written")]);
}, 30_000);
