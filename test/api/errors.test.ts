// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, expect, spyOn, test } from "bun:test";
import { connect } from "node:net";
import { PipelineStore } from "../../src/store/pipelines.ts";
import { ALPHA, type Call, startApi, type TestApi } from "./start-api.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

async function problem(status: number, path: string, init: Call = {}) {
  const response = await api.call(path, init);
  expect(response.status).toBe(status);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  const body = await response.json();
  expect(body).toMatchObject({ type: "about:blank", status, instance: path.split("?")[0] });
  expect(body.title).toBeString();
  expect(body.detail.length).toBeGreaterThan(5);
  return { response, ...body };
}

const JSON_TYPE = { "content-type": "application/json" };
const marker = (body: string, headers = JSON_TYPE) => ({ method: "POST", body, headers });

test("every error is a problem document", async () => {
  await problem(401, "/api/graph", { token: null });
  await problem(403, "/api/users", { token: api.tokens.viewer });
  await problem(403, "/api/system", { headers: { origin: "http://evil.example" } });
  await problem(404, "/api/nothing");
  await problem(404, "/api/stages/nothing");
  await problem(409, "/api/graph");
  await problem(400, "/api/recordings/..%2fx");
  await problem(415, "/api/markers", { method: "POST", body: "x", headers: { "content-type": "image/png" } });
  await problem(421, "/api/system", { headers: { host: "evil.example" } });
});

test("a method that a path does not know is answered with those it knows", async () => {
  const { response } = await problem(405, "/api/pipelines/alpha", { method: "POST" });
  expect(response.headers.get("allow")?.split(", ").sort()).toEqual(["DELETE", "GET", "PUT"]);
  await problem(405, "/api/graph", { method: "DELETE" });
});

test.each(["{", '{"label":', "{label:1}", "nul", "[1,]", '{"label":"x"} x'])(
  "the body %j is not JSON",
  async (body) => {
    expect((await problem(400, "/api/markers", marker(body))).detail).toContain("not JSON");
  },
);

test("a body that is not UTF-8 is refused", async () => {
  await problem(400, "/api/markers", {
    method: "POST",
    headers: JSON_TYPE,
    body: new Blob([new Uint8Array([0x22, 0xff, 0x22])]).stream(),
  });
});

test("not YAML: with the line", async () => {
  const { problems } = await problem(400, "/api/pipelines/x", {
    method: "PUT",
    body: "schema: 1\nname: [",
    headers: { "content-type": "application/yaml" },
  });
  expect(problems[0]).toMatchObject({ file: "x.yaml", line: 2 });
});

test("everything that does not fit a schema is told at once", async () => {
  const { problems } = await problem(422, "/api/markers", marker('{"lable":"x","duration_s":-1}'));
  expect(problems.map(({ field }: { field: string }) => field).sort()).toEqual(["/duration_s", "/label", "/lable"]);
  for (const body of ['"x"', "[]", "null", "7", ""]) await problem(422, "/api/markers", marker(body));
  for (const label of ["", "x".repeat(56)]) await problem(422, "/api/markers", marker(JSON.stringify({ label })));
});

test("JSON nested very deep, or with odd keys, is refused without harm", async () => {
  await api.call("/api/pipelines/alpha/start", { method: "POST" });
  const deep = "[".repeat(200_000) + "]".repeat(200_000);
  for (const body of [deep, `{"action":"set","id":"band","params":${deep}}`])
    await problem(400, "/api/graph/patch", marker(body));
  await problem(422, "/api/params/band", { method: "PATCH", body: '{"__proto__":1}', headers: JSON_TYPE });
  await problem(422, "/api/pipelines/x", { method: "PUT", body: '{"__proto__":{"schema":1}}', headers: JSON_TYPE });
});

test("what goes wrong inside is told to the log only", async () => {
  const log = spyOn(console, "error").mockImplementation(() => {});
  const telemetry = spyOn(api.box, "telemetry").mockImplementation(() => {
    throw new Error("secret /home/path");
  });
  const { detail } = await problem(500, "/api/telemetry");
  expect(detail).not.toContain("secret");
  const reference = /under (\w+)$/.exec(detail)?.[1] ?? "none";
  expect(log.mock.calls.flat().map(String).join(" ")).toContain(reference);
  telemetry.mockRestore();
  log.mockRestore();
});

test("a body over the limit is refused by what it says of itself", async () => {
  await problem(413, "/api/markers", marker(`"${"x".repeat(1024 * 1024)}"`));
});

/** Sends a body of 100 MB, with or without saying how long it is; what came back, and how much could be sent. */
function flood(path: string, header: string): Promise<{ answer: string; sent: number }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(api.url);
    const socket = connect(Number(port), hostname);
    const chunk = Buffer.concat([Buffer.from("10000\r\n"), Buffer.alloc(0x10000, 32), Buffer.from("\r\n")]);
    let answer = "";
    let sent = 0;
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${api.tokens.admin}\r\n${header}\r\n\r\n`,
    );
    const send = () => {
      while (answer === "" && sent < 100e6) {
        sent += chunk.length;
        if (!socket.write(chunk)) return socket.once("drain", send);
      }
    };
    send();
    socket.on("data", (data) => {
      answer += data;
      if (answer.includes("}")) socket.destroy();
    });
    socket.on("close", () => resolve({ answer, sent }));
    socket.on("error", reject);
  });
}

test.each([
  ["Content-Type: application/json\r\nContent-Length: 100000000"],
  ["Content-Type: application/json\r\nTransfer-Encoding: chunked"],
])("100 MB (%j) are refused long before they have arrived", async (header) => {
  Bun.gc(true);
  const before = process.memoryUsage.rss();
  for (const path of ["/api/graph/patch", "/api/markers"]) {
    const { answer, sent } = await flood(path, header);
    expect(answer).toStartWith("HTTP/1.1 413 ");
    expect(answer).toContain("application/problem+json");
    expect(sent).toBeLessThan(20e6);
  }
  expect(process.memoryUsage.rss() - before).toBeLessThan(30e6);
});

test("the server goes on after all this", async () => {
  expect((await api.call("/api/health/live")).status).toBe(200);
});

test("a body nested without end is refused at once", async () => {
  for (const body of ["[".repeat(400_000), `{"source":${'{"a":'.repeat(100_000)}1${"}".repeat(100_001)}`]) {
    const began = performance.now();
    const { detail } = await problem(400, "/api/pipelines/alpha/start", marker(body));
    expect(detail).toContain("nested");
    expect(performance.now() - began).toBeLessThan(1000);
  }
  expect((await api.call("/api/markers", marker(`{"label":"${"[".repeat(55)}"}`))).status).not.toBe(400);
});

test("a label is plain text that fits", async () => {
  for (const label of ["ä".repeat(28), "a\u0000b", "a\nb", "\u007f"])
    await problem(422, "/api/markers", marker(JSON.stringify({ label })));
});

test("a full or locked disk is told in words", async () => {
  const put = spyOn(PipelineStore.prototype, "put");
  for (const [code, words] of [
    ["ENOSPC", "no room"],
    ["EROFS", "may not write"],
  ]) {
    put.mockRejectedValueOnce(Object.assign(new Error("/secret/path"), { code }));
    const { detail } = await problem(507, "/api/pipelines/new", { method: "PUT", body: ALPHA });
    expect(detail).toContain(words);
  }
  put.mockRestore();
});

test("a path without a name where one belongs is no path", async () => {
  await problem(404, "/api/recordings//download");
});

test("a caller who hangs up in the middle of a body is no bug", async () => {
  const log = spyOn(console, "error").mockImplementation(() => {});
  const socket = connect(Number(new URL(api.url).port), "127.0.0.1");
  socket.write(
    `POST /api/markers HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${api.tokens.admin}\r\n` +
      'Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"label":',
  );
  await Bun.sleep(100);
  socket.destroy();
  await Bun.sleep(200);
  expect(log).not.toHaveBeenCalled();
  log.mockRestore();
});
