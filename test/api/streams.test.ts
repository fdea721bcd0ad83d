// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { connect, type Socket } from "node:net";
import type { Format } from "../../src/runtime/box.ts";
import { readPacket } from "../../src/streams/packet.ts";
import { packetBytes } from "../streams/packet.fixture.ts";
import { FORMAT } from "./fake-box.ts";
import { startApi, type TestApi } from "./start-api.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());
beforeEach(async () => {
  await api.call("/api/pipelines/alpha/start", { method: "POST" });
});

interface Client {
  format: Format;
  texts: { type: string; format: Format; clock: object; stream: string }[];
  packets: Uint8Array[];
  closed: Promise<CloseEvent>;
  leave(): Promise<unknown>;
}

/** Resolves once the format is there, after which packets are heard. */
async function listen(path: string): Promise<Client> {
  const socket = api.socket(path);
  const texts: Client["texts"] = [];
  const packets: Uint8Array[] = [];
  const closed = new Promise<CloseEvent>((resolve) => {
    socket.onclose = resolve;
  });
  await new Promise<void>((resolve, reject) => {
    socket.onerror = reject;
    socket.onmessage = ({ data }) => {
      if (typeof data === "string") texts.push(JSON.parse(data));
      else packets.push(new Uint8Array(data));
      resolve();
    };
  });
  const [first] = texts;
  if (!first) throw new Error("a packet came before the format");
  return {
    ...{ format: first.format, texts, packets, closed },
    leave() {
      socket.close();
      return closed;
    },
  };
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !condition(); i++) await Bun.sleep(10);
  expect(condition()).toBe(true);
}

test("first the format and both clocks, then the very bytes, for all who listen", async () => {
  const clients = await Promise.all([
    listen("/api/streams/band"),
    listen("/api/streams/band"),
    listen("/api/streams/notch"),
  ]);
  expect(clients[0].texts).toEqual([
    {
      ...{ type: "format", stream: "band", format: FORMAT },
      clock: { monotonic_ns: 123, utc: "2026-01-01T00:00:00.000Z" },
    },
  ]);
  expect((await (await api.call("/api/streams/band")).json()).clients).toBe(2);
  const bytes = packetBytes(0, 32, { events: [{ frame: 3, duration_s: 0, label: "x" }] });
  api.box.send("band", bytes);
  await until(() => clients[0].packets.length === 1 && clients[1].packets.length === 1);
  expect(clients[0].packets[0]).toEqual(bytes);
  expect(clients[1].packets[0]).toEqual(bytes);
  expect(clients[2].packets).toEqual([]);
  await Promise.all(clients.map((client) => client.leave()));
  await until(() => api.box.streams().every((stream) => stream.clients === 0));
});

test("a packet's memory may be used again at once", async () => {
  const client = await listen("/api/streams/band");
  const bytes = packetBytes(0, 32);
  const before = bytes.slice();
  api.box.send("band", bytes);
  bytes.fill(0);
  await until(() => client.packets.length === 1);
  expect(client.packets[0]).toEqual(before);
  await client.leave();
});

test("channels chosen and frames averaged, as the format says", async () => {
  const client = await listen("/api/streams/band?decimate=4&channels=Pz,o1");
  expect(client.format).toMatchObject({ rate_hz: 62.5, channels: 2, channel_names: ["Pz", "O1"] });
  for (let frame = 0; frame < 40; frame += 5) api.box.send("band", packetBytes(frame, 5));
  await until(() => client.packets.length === 8);
  const rows = client.packets.flatMap((packet) => [...readPacket(packet).rows]);
  expect(rows).toEqual(Array.from({ length: 10 }, (_, i) => [2001.5 + 4 * i, 1.5 + 4 * i]).flat());
  await client.leave();
});

test("a stream's end closes its clients", async () => {
  const client = await listen("/api/streams/band");
  await api.call("/api/pipelines/stop", { method: "POST" });
  expect(await client.closed).toMatchObject({ code: 1000, reason: "the stream has ended" });
});

const UPGRADE = {
  ...{ connection: "Upgrade", upgrade: "websocket" },
  ...{ "sec-websocket-version": "13", "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==" },
};

test.each([
  ["/api/streams/bnad", 404, 'did you mean "band"?'],
  ["/api/streams/band?channels=O9", 422, "O9"],
  ["/api/streams/band?channels=", 422, "channel"],
  ["/api/streams/band?decimate=0", 422, "decimate"],
  ["/api/streams/band?decimate=1.5", 422, "decimate"],
  ["/api/streams/band?decimate=99999", 422, "decimate"],
  ["/api/streams/band?decimte=2", 422, "decimte"],
])("%s is refused with %d before the upgrade", async (path, status, words) => {
  const response = await api.call(path, { headers: UPGRADE });
  expect(response.status).toBe(status);
  const { detail } = await response.json();
  expect(detail).toContain(words);
});

/** A WebSocket client that says hello and then reads nothing until it is told to. */
async function lazyClient(): Promise<{
  socket: Socket;
  readPackets(done: (sum: number) => boolean): Promise<Uint8Array[]>;
}> {
  const { hostname, port } = new URL(api.url);
  const socket = connect({ port: Number(port), host: hostname });
  const lines = Object.entries({ host: hostname, authorization: `Bearer ${api.tokens.viewer}`, ...UPGRADE });
  socket.write(`GET /api/streams/band HTTP/1.1\r\n${lines.map((it) => it.join(": ")).join("\r\n")}\r\n\r\n`);
  await new Promise((resolve) => socket.once("data", resolve));
  socket.pause();
  return {
    socket,
    readPackets: (done) =>
      new Promise((resolve) => {
        let bytes = Buffer.alloc(0);
        const packets: Uint8Array[] = [];
        let frames = 0;
        socket.on("data", (data: Buffer) => {
          bytes = Buffer.concat([bytes, data]);
          for (let frame = webSocketFrame(bytes); frame; frame = webSocketFrame(bytes)) {
            bytes = bytes.subarray(frame.end);
            if (!frame.isBinary) continue;
            packets.push(frame.payload);
            const packet = readPacket(new Uint8Array(frame.payload));
            frames += packet.frames + packet.lost_before;
          }
          if (done(frames)) resolve(packets);
        });
        socket.resume();
      }),
  };
}

/** RFC 6455: the server's frames are not masked. */
function webSocketFrame(bytes: Buffer): { isBinary: boolean; payload: Uint8Array; end: number } | undefined {
  if (bytes.length < 10) return undefined;
  const short = (bytes[1] ?? 0) & 127;
  const [start, length] =
    short < 126 ? [2, short] : short === 126 ? [4, bytes.readUInt16BE(2)] : [10, Number(bytes.readBigUInt64BE(2))];
  if (bytes.length < start + length) return undefined;
  const isBinary = ((bytes[0] ?? 0) & 15) === 2;
  return { isBinary, payload: new Uint8Array(bytes.subarray(start, start + length)), end: start + length };
}

test("a client that does not read holds up nobody, costs little, and learns what it missed", async () => {
  const lazy = await lazyClient();
  const eager = await listen("/api/streams/band");
  Bun.gc(true);
  const before = process.memoryUsage.rss();
  const frames = 2000;
  const count = 2500; // 24 kB each: 60 MB
  let eagerBytes = 0;
  for (let i = 0; i < count; i++) {
    api.box.send("band", packetBytes(i * frames, frames));
    if (i % 10 === 9) await until(() => eager.packets.length === (i % 10) + 1);
    if (i % 10 === 9) eagerBytes += eager.packets.splice(0).reduce((sum, it) => sum + it.length, 0);
  }
  expect(eagerBytes).toBe(count * packetBytes(0, frames).length); // nobody but the lazy one missed anything
  Bun.gc(true);
  expect(process.memoryUsage.rss() - before).toBeLessThan(40e6);

  const reading = lazy.readPackets((sum) => sum >= (count + 1) * frames);
  await Bun.sleep(300); // it catches up with what waits for it
  api.box.send("band", packetBytes(count * frames, frames));
  const packets = (await reading).map((bytes) => readPacket(new Uint8Array(bytes)));
  const last = packets.at(-1);
  expect(last?.flags).toBe(1);
  expect(packets.length).toBeLessThan(count);
  let next = 0;
  for (const { first_frame, lost_before } of packets) {
    expect(first_frame).toBe(next + lost_before);
    next = first_frame + frames;
  }
  expect(next).toBe((count + 1) * frames);
  lazy.socket.destroy();
  await eager.leave();
}, 30_000);

test("clients are counted, and too many are refused", async () => {
  await until(() => api.box.streams().every((stream) => stream.clients === 0));
  const clients = await Promise.all(Array.from({ length: 64 }, () => listen("/api/streams/band")));
  expect((await api.call("/api/streams/band", { headers: UPGRADE })).status).toBe(503);
  await Promise.all(clients.map((client) => client.leave()));
  await (await listen("/api/streams/band")).leave();
});
