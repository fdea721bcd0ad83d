// SPDX-License-Identifier: Apache-2.0
// What comes from outside may be wrong, huge or malicious: it is refused in words, and the pipeline that runs loses nothing.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { createRecording } from "../../src/formats/create.ts";
import { info, uVChannels, waves } from "../formats/synthetic.ts";
import { Listener } from "./listener.ts";
import { type Answer, quick, Service, until } from "./service.ts";

let service: Service;
let raw: Listener;

beforeAll(async () => {
  service = await Service.start();
  raw = await Listener.open(service, "raw");
});
afterAll(async () => {
  await service.stop();
  const unexpected = (await service.errors).match(/^unexpected error.*(\n.*){12}/m)?.[0];
  await service.discard();
  expect(unexpected).toBeUndefined();
});

/** 4xx, as a problem document that says something. */
function expectRefusal(answer: Answer, ...statuses: number[]): void {
  const what = `${answer.status}: ${answer.text.slice(0, 300)}`;
  if (!(statuses.length > 0 ? statuses.includes(answer.status) : answer.status >= 400 && answer.status < 500))
    throw new Error(`expected ${statuses}, got ${what}`);
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(answer.body).toMatchObject({ status: answer.status, title: expect.any(String) });
  expect(answer.body.detail.length).toBeGreaterThan(10);
  expect(answer.text).not.toContain("root:");
}

/** The pipeline that ran before runs on, and its stream is whole. */
async function expectUntouched(): Promise<void> {
  const frames = raw.end_frame;
  await until("more of the signal", () => raw.end_frame > frames);
  expect(raw.closed).toBeUndefined();
  expect(raw.breaks()).toEqual([]);
  expect((await service.get("/api/telemetry")).body.source.lost_frames).toBe(0);
}

describe("recordings that lie", () => {
  let good = 0;
  const edf = () => {
    const path = join(service.data, `good${++good}.edf`);
    const writer = createRecording("edf", path, info(250, uVChannels(2)));
    writer.write(waves(1000, 2), 1000);
    writer.close();
    return Buffer.from(readFileSync(path));
  };
  const patched = (at: number, text: string) => {
    const bytes = edf();
    bytes.write(text, at, "latin1");
    return bytes;
  };
  const files: [string, () => Buffer][] = [
    ["empty.edf", () => Buffer.alloc(0)],
    ["cut-in-header.edf", () => edf().subarray(0, 300)],
    ["no-signals.edf", () => patched(252, "0   ")],
    ["many-signals.edf", () => patched(252, "9999")],
    ["negative-signals.edf", () => patched(252, "-5  ")],
    ["endless-records.edf", () => patched(256 + 216 * 3, "99999999")],
    ["no-duration.edf", () => patched(244, "nan     ")],
    ["noise.edf", () => Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) & 255))],
    ["noise.csv", () => Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) & 255))],
    ["one-line.csv", () => Buffer.from("1,".repeat(1_000_000))],
    ["outside.hea", () => Buffer.from("outside 1 360 1000\n../../../../etc/passwd 212 200 11 1024 0 0 0 MLII\n")],
    ["absolute.hea", () => Buffer.from("absolute 1 360 1000\n/etc/passwd 212 200 11 1024 0 0 0 MLII\n")],
    ["huge.hea", () => Buffer.from("huge 4000000000 1e300 1e300\n")],
    ["lying.wav", () => Buffer.from("RIFF\xff\xff\xff\xffWAVEfmt \xff\xff\xff\x7f\x01\x00\xff\xff", "latin1")],
    ["unknown.bin", () => Buffer.from("hello")],
  ];

  test.each(files)("%s is refused", async (name, make) => {
    writeFileSync(join(service.recordings, name), make());
    expectRefusal(await service.post("/api/pipelines/record-only/start", { input: name }), 422);
    const { recordings } = (await service.get("/api/recordings")).body;
    const { problem, frames } = recordings.find((it: { name: string }) => it.name === name);
    expect([expect.any(String), 0]).toContainEqual(problem ?? frames);
    await expectUntouched();
  });
});

describe("pipelines that cannot be", () => {
  const head = "schema: 1\nname: bad\nsource: { id: s, type: synthetic, params: { rate_hz: 100, mains_uv: 0 } }\n";
  const bodies: [string, string][] = [
    ["not closed", "{ [ : -"],
    ["no map", "just text"],
    ["a bomb of aliases", bomb()],
    ["deeply nested", "[".repeat(20_000)],
    ["a cycle", `${head}stages: [{ id: a, type: gain, from: b }, { id: b, type: gain, from: a }]`],
    ["an unknown stage", `${head}stages: [{ type: notchh }]`],
    ["an unknown key", `${head}stagez: []`],
    ["a prototype", `${head}__proto__: { a: 1 }\nconstructor: {}`],
    ["not a number", `${head}stages: [{ type: lowpass, params: { freq_hz: .nan } }]`],
    ["infinite", `${head}stages: [{ type: gain, params: { gain_db: .inf } }]`],
    ["a number too large for a number", `${head}stages: [{ type: lowpass, params: { freq_hz: 1e999 } }]`],
    ["text for a number", `${head}stages: [{ type: lowpass, params: { freq_hz: "; rm -rf /" } }]`],
    ["too many stages", `${head}stages:\n${"  - nop\n".repeat(100_000)}`],
    ["a billion channels", head.replace("mains_uv: 0", "channels: 1000000000")],
  ];
  const yaml = { "content-type": "application/yaml" };

  test.each(bodies)("%s: refused", async (_, body) => {
    const started = performance.now();
    for (const [method, path] of [
      ["POST", "/api/pipelines/validate"],
      ["PUT", "/api/pipelines/bad"],
    ] as const)
      expectRefusal(await service.call(method, path, body, yaml), 400, 413, 422);
    expect(performance.now() - started).toBeLessThan(3000);
    expectRefusal(await service.get("/api/pipelines/bad"), 404);
    await expectUntouched();
  });

  test("a low pass of 60 Hz at 100 Hz: the words name the limit", async () => {
    const body = `${head}stages: [{ type: lowpass, params: { freq_hz: 60 } }]`;
    await service.call("PUT", "/api/pipelines/bad", body, yaml);
    const answer = await service.post("/api/pipelines/bad/start");
    expectRefusal(answer, 422);
    expect(answer.text).toMatch(/freq_hz: 60 Hz is not below half the rate \(50 Hz\)/);
    await service.call("DELETE", "/api/pipelines/bad");
    await expectUntouched();
  });

  test.each<[string, unknown]>([
    ["no action", []],
    ["an unknown action", { action: "explode" }],
    ["a number", 7],
    ["null", null],
    [
      "ten thousand actions",
      Array.from({ length: 10_000 }, () => ({ action: "insert", after: "notch", stage: { type: "nop" } })),
    ],
    ["an id with a path", { action: "rename", id: "notch", to: "../../x" }],
    ["an id that is markup", { action: "rename", id: "notch", to: "<script>" }],
    ["a stage after itself", { action: "move", id: "notch", after: "notch" }],
    ["a filter beyond the rate", { action: "set", id: "band", params: { high_hz: 130 } }],
    ["a filter whose edges cross", { action: "set", id: "band", params: { low_hz: 41 } }],
    ["the wrong port", { action: "add_sink", sink: { type: "recorder", from: "power" } }],
  ])("a patch with %s: refused", async (_, body) => {
    expectRefusal(await service.patch(body), 400, 422);
    await expectUntouched();
  });

  test("a recorder's name stays in the recordings folder", async () => {
    const name = "../../../../tmp/stagebox-escaped";
    const sink = { id: "escape", type: "recorder", from: "board", params: { name } };
    expect((await service.patch({ action: "add_sink", sink })).status).toBe(200);
    expect(readdirSync(service.recordings).some((file) => /^tmp-stagebox-escaped-\d/.test(file))).toBe(true);
    expect((await service.patch({ action: "remove_sink", id: "escape" })).status).toBe(200);
    await expectUntouched();
  });
});

describe("requests", () => {
  test("with 100 MB are refused while they come", async () => {
    const before = service.residentBytes();
    const huge = Buffer.alloc(100e6, " ");
    const answer = await service.post("/api/graph/patch", huge).catch((error) => error as Error);
    if (!(answer instanceof Error)) expectRefusal(answer, 413);
    let sent = 0;
    const endless = new ReadableStream({
      pull(controller) {
        if (sent >= 100e6) return controller.close();
        controller.enqueue(huge.subarray(0, 65_536));
        sent += 65_536;
      },
    });
    const streamed = await service.post("/api/graph/patch", endless).catch((error) => error as Error);
    if (!(streamed instanceof Error)) expectRefusal(streamed, 413);
    await expectUntouched();
    expect(service.residentBytes() - before).toBeLessThan(40e6);
  }, 30_000);

  test("without the right token are refused", async () => {
    const { token } = service;
    const wrong = [
      undefined,
      "",
      "Bearer",
      "Bearer ",
      "Bearer wrong",
      `Basic ${token}`,
      `Bearer ${token}x`,
      `Bearer ${token.slice(1)}`,
    ];
    for (const authorization of wrong) {
      expectRefusal(await service.get("/api/graph", { authorization }), 401);
      expectRefusal(await service.post("/api/pipelines/stop", undefined, { authorization }), 401);
    }
    expectRefusal(await service.get(`/api/graph?token=${token}`, { authorization: undefined }), 401);
    await expectUntouched();
  });

  test("from other sites are refused", async () => {
    expectRefusal(await service.get("/api/graph", { origin: "http://evil.example" }), 403);
    expectRefusal(await service.get("/api/graph", { host: "evil.example" }), 421);
  });

  test("that climb out of their folder are refused", async () => {
    const secret = join(service.data, "admin-token");
    symlinkSync("/etc/passwd", join(service.recordings, "link.edf"));
    symlinkSync(secret, join(service.recordings, "token.csv"));
    mkdirSync(join(service.recordings, "folder.edf"));
    const names = [
      "../admin-token",
      "../../etc/passwd",
      "/etc/passwd",
      "link.edf",
      "token.csv",
      "folder.edf",
      "a\0b",
      "..\\x",
      "x".repeat(5000),
      secret,
    ];
    for (const name of names) {
      const path = encodeURIComponent(name);
      for (const [method, end] of [
        ["GET", ""],
        ["GET", "/download"],
        ["DELETE", ""],
      ] as const)
        expectRefusal(await service.call(method, `/api/recordings/${path}${end}`));
      for (const method of ["GET", "DELETE"]) expectRefusal(await service.call(method, `/api/pipelines/${path}`));
      expectRefusal(await service.call("PUT", `/api/pipelines/${path}`, { source: "synthetic" }));
      expectRefusal(await service.post("/api/pipelines/record-only/start", { input: name }), 422);
    }
    for (const path of [
      "/api/recordings/../../../etc/passwd",
      "/api/recordings/%2e%2e/admin-token/download",
      "//etc/passwd",
      "/docs/../../etc/passwd",
      "/api/recordings/../admin-token",
      "/api/recordings/..",
      "/api/pipelines/..",
    ]) {
      const answer = await rawGet(path);
      expect(answer).toMatch(/^HTTP\/1.1 4\d\d /);
      expect(answer).not.toContain("root:");
      expect(answer).not.toContain(service.token);
    }
    expect(existsSync(secret)).toBe(true);
    await expectUntouched();
  });

  test("with markers that are no labels are refused; a flood of good ones is not lost on the signal", async () => {
    for (const label of ["", "x".repeat(1000), 7, null, {}])
      expectRefusal(await service.post("/api/markers", { label }), 400, 422);
    for (const duration_s of [-1, "1", 1e300])
      expectRefusal(await service.post("/api/markers", { label: "x", duration_s }), 422);
    const answers = await Promise.all(
      Array.from({ length: 300 }, (_, i) => service.post("/api/markers", { label: `flood ${i}` })),
    );
    const set = answers.filter(({ status }) => status === 201).length;
    expect(set).toBeGreaterThan(50);
    for (const answer of answers) if (answer.status !== 201) expectRefusal(answer, 409, 429, 503);
    await until("all that were set", () => raw.events.filter(({ label }) => label.startsWith("flood")).length === set);
    await expectUntouched();
  });
});

describe("connections", () => {
  test("that talk nonsense to a stream are cut or ignored", async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${service.port}/api/streams/raw?token=${service.token}`);
    await until("the socket to open", () => socket.readyState === WebSocket.OPEN);
    for (const message of ["{", "\0".repeat(100), new Uint8Array(4000), "x".repeat(4000)]) socket.send(message);
    socket.send(new Uint8Array(1e6));
    await until("the socket to close", () => socket.readyState === WebSocket.CLOSED);
    for (const query of ["&decimate=-1", "&decimate=0.5", "&decimate=x", "&channels=none"])
      await expect(Listener.open(service, "raw", query)).rejects.toThrow();
    await expect(Listener.open(service, "no such stream")).rejects.toThrow();
    const upgrade = await rawSend(
      `GET /api/streams/raw?token=${service.token} HTTP/1.1\r\nHost: 127.0.0.1:${service.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff`,
    );
    expect(upgrade).toContain("101");
    await expectUntouched();
  });

  test("that are half open, and requests that are garbage, keep nobody waiting", async () => {
    const sockets = Array.from({ length: 200 }, () => connect(service.port, "127.0.0.1").on("error", () => {}));
    for (const [index, socket] of sockets.entries())
      socket.write(index % 2 === 0 ? "GET /api/gr" : "\x16\x03\x01\0\0\r\n\r\n");
    const started = performance.now();
    expect((await service.get("/api/graph")).status).toBe(200);
    expect(performance.now() - started).toBeLessThan(1000);
    for (const socket of sockets) socket.destroy();
    await expectUntouched();
  });

  test("by the thousand are answered", async () => {
    const count = quick ? 1000 : 5000;
    const paths = ["/api/telemetry", "/api/graph", "/api/streams", "/api/stages", "/metrics", "/api/nothing"];
    const answers = await Promise.all(
      Array.from({ length: count }, (_, i) => service.get(paths[i % paths.length] as string)),
    );
    const bad = answers.filter(({ status }, i) => status !== (i % paths.length === 5 ? 404 : 200));
    expect(bad).toEqual([]);
    await expectUntouched();
  }, 60_000);

  test("to a stream by the hundred: those beyond the limit are refused, the others whole", async () => {
    const opened = await Promise.allSettled(Array.from({ length: 100 }, () => Listener.open(service, "clean")));
    const listeners = opened.filter((it) => it.status === "fulfilled").map(({ value }) => value);
    expect(listeners.length).toBeGreaterThan(50);
    expect(listeners.length).toBeLessThan(100);
    await Bun.sleep(300);
    for (const listener of listeners) {
      expect(listener.breaks()).toEqual([]);
      listener.close();
    }
    await expectUntouched();
  });
});

test("a graph too heavy for the machine can be watched, edited and stopped", async () => {
  const source = { channels: 256, rate_hz: 10_000 };
  expect((await service.post("/api/pipelines/record-only/start", { source })).status).toBe(200);
  const heavy = { type: "fir", kind: "lowpass", high_hz: 1000, taps: 4097 };
  const inserts = Array.from({ length: 32 }, () => ({ action: "insert", after: "board", to: [], stage: heavy }));
  expect((await service.patch(inserts)).status).toBe(200);
  await until("it to fall behind", async () => (await service.get("/api/telemetry")).body.groups[0]?.lost_frames > 0);
  const started = performance.now();
  expect((await service.post("/api/graph/undo")).status).toBe(200);
  expect((await service.patch(inserts)).status).toBe(200);
  await Bun.sleep(1000);
  expect((await service.post("/api/pipelines/stop")).status).toBe(204);
  expect(performance.now() - started).toBeLessThan(8000);
}, 40_000);

/** Ten lists of ten aliases of the list before: ten billion items. */
function bomb(): string {
  const lists = Array.from({ length: 10 }, (_, i) => `l${i + 1}: &l${i + 1} [${`*l${i}, `.repeat(10)}]`);
  return ["l0: &l0 [x]", ...lists, "stages: *l10"].join("\n");
}

/** What fetch would tidy up first. */
function rawGet(path: string): Promise<string> {
  return rawSend(
    `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${service.port}\r\nAuthorization: Bearer ${service.token}\r\nConnection: close\r\n\r\n`,
  );
}

/** What came back by the end of the connection, or within half a second. */
async function rawSend(request: string): Promise<string> {
  const socket = connect(service.port, "127.0.0.1");
  let text = "";
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString("latin1");
  });
  socket.on("error", () => {});
  socket.write(request, "latin1");
  await Promise.race([new Promise((resolve) => socket.once("close", resolve)), Bun.sleep(500)]);
  socket.destroy();
  return text;
}
