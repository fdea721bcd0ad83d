// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, expect, test } from "bun:test";
import { connect } from "node:net";
import { startApi, type TestApi } from "./start-api.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startApi(undefined, { heartbeat_ms: 50 });
});
afterAll(() => api.close());

/** Reads the stream until it holds `until`; then lets go. */
async function read(
  until: string,
  headers: Record<string, string> = {},
  act = () => {},
  path = "/api/events",
): Promise<string> {
  const abort = new AbortController();
  const response = await api.call(path, { headers, signal: abort.signal, token: api.tokens.viewer });
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (let isFirst = true; !text.includes(until); isFirst = false) {
    text += (await reader?.read())?.value ?? "";
    if (isFirst) act();
  }
  abort.abort();
  return text;
}

test("events come as they happen, and only those", async () => {
  api.events.publish("Notice", { message: "before" });
  const text = await read("now", {}, () => api.events.publish("Notice", { message: "line one\nnow" }));
  expect(text).not.toContain("before");
  const event = /id: (\d+)\nevent: Notice\ndata: (.*)\n\n/.exec(text);
  expect(JSON.parse(event?.[2] ?? "")).toMatchObject({ message: "line one\nnow", time: expect.any(String) });
});

test("events are filtered by type, those of plugins among them", async () => {
  const act = () => {
    api.events.publish("Notice", { message: "unwanted" });
    api.events.publish("StageOp", { revision: 2 });
    api.events.publishFrom("relay", "relay.found", { path: "a.edf" });
  };
  const text = await read("a.edf", {}, act, "/api/events?type=StageOp,relay.found");
  expect(text).not.toContain("unwanted");
  expect(text).toContain("event: StageOp\n");
  expect(JSON.parse(/event: relay.found\ndata: (.*)\n/.exec(text)?.[1] ?? "")).toMatchObject({
    path: "a.edf",
    from: "relay",
  });
});

test("who comes back gets what was missed", async () => {
  const first = await read("one", {}, () => api.events.publish("Notice", { message: "one" }));
  api.events.publish("Notice", { message: "two" });
  api.events.publish("Notice", { message: "three" });
  const id = /id: (\d+)/.exec(first)?.[1] ?? "";
  const text = await read("three", { "last-event-id": id });
  expect(text.match(/"message":"\w+"/g)).toEqual(['"message":"two"', '"message":"three"']);
});

test("a heart beats while nothing happens", async () => {
  expect(await read(": still here")).not.toContain("data:");
});

test("who has left is forgotten", async () => {
  const bus = api.events as unknown as { subscribe: typeof api.events.subscribe };
  const original = bus.subscribe.bind(api.events);
  let listening = 0;
  bus.subscribe = (...args) => {
    listening++;
    const stop = original(...args);
    return () => {
      listening--;
      stop();
    };
  };
  await read("x", {}, () => api.events.publish("Notice", { message: "x" }));
  for (let i = 0; i < 100 && listening > 0; i++) await Bun.sleep(10);
  expect(listening).toBe(0);
  bus.subscribe = original;
});

test("the token may stand in the address, as EventSource needs", async () => {
  const abort = new AbortController();
  const address = `/api/events?token=${api.tokens.viewer}`;
  const response = await api.call(address, { token: null, signal: abort.signal });
  expect(response.status).toBe(200);
  abort.abort();
});

test("a client that reads nothing is let go before much waits for it", async () => {
  const { hostname, port, host } = new URL(api.url);
  const socket = connect(Number(port), hostname).pause();
  socket.write(`GET /api/events HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${api.tokens.viewer}\r\n\r\n`);
  const { subscribe } = api.events;
  const begun = Promise.withResolvers<void>();
  let isThere = true;
  api.events.subscribe = (...how) => {
    const leave = subscribe.apply(api.events, how);
    begun.resolve();
    return () => {
      isThere = false;
      return leave();
    };
  };
  await begun.promise;
  let sent = 0;
  for (; isThere && sent < 400; sent++) {
    api.events.publishFrom("bad", "bad.noise", { fill: "x".repeat(60_000) });
    await Bun.sleep(0);
  }
  api.events.subscribe = subscribe;
  socket.destroy();
  expect(sent).toBeLessThan(400); // of them the system's own buffers took some
}, 20_000);

test("who comes back to more than may wait gets it piece by piece", async () => {
  for (let i = 0; i < 40; i++) api.events.publishFrom("bad", "bad.count", { i, fill: "x".repeat(60_000) });
  const seen: number[] = [];
  let last = "0";
  for (let visits = 0; seen.at(-1) !== 39 && visits < 20; visits++) {
    const headers = { "last-event-id": last };
    const abort = new AbortController();
    const response = await api.call("/api/events?type=bad.count", { headers, signal: abort.signal });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) {
      text += next.value;
      if (text.includes('"i":39')) break;
    }
    abort.abort();
    const whole = text.slice(0, text.lastIndexOf("\n\n") + 2);
    for (const [, id = "", i = ""] of whole.matchAll(/id: (\d+)\nevent: bad.count\ndata: .*?"i":(\d+)/g)) {
      last = id;
      seen.push(Number(i));
    }
  }
  expect(seen.slice(-40)).toEqual(Array.from({ length: 40 }, (_, i) => i));
}, 20_000);
