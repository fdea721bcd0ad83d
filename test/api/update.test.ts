// SPDX-License-Identifier: Apache-2.0
//
// Updates by the API, with root played by the test: what is taken in, what is refused at once, what is told.
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { createHash, randomBytes } from "node:crypto";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Value } from "@sinclair/typebox/value";
import { serveRequests, systemDoers } from "../../src/appliance/requests/serve.ts";
import { BoxUpdates } from "../../src/appliance/update/box-updates.ts";
import { EventBus } from "../../src/runtime/events.ts";
import { BundleMaker, bytesOf } from "../appliance/update/bundle.fixture.ts";
import { FakeAppliance } from "../appliance/update/fake-appliance.ts";
import { type Answer, startApi, type TestApi } from "./start-api.ts";

const maker = new BundleMaker();
const PATH = "/api/system/update";
const BINARY = { "content-type": "application/octet-stream" };
let box: FakeAppliance;
let api: TestApi;
let laptop: TestApi;
let updates: BoxUpdates;
const events = new EventBus();
const seen: { type: string; data: Record<string, unknown> }[] = [];

beforeAll(async () => {
  laptop = await startApi();
  events.subscribe((event) => seen.push(event));
});
afterAll(() => Promise.all([api.close(), laptop.close()]));

beforeEach(async () => {
  await api?.close();
  updates?.close();
  box = new FakeAppliance(maker.keys_folder);
  updates = new BoxUpdates(box.places, (news) => events.publish("Update", { ...news }));
  updates.start();
  api = await startApi(undefined, { updates });
});

const send = (bundle: Uint8Array, query = "", headers: Record<string, string> = BINARY): Promise<Answer> =>
  fetch(`${api.url}${PATH}${query}`, {
    method: "POST",
    body: bundle,
    headers: { authorization: `Bearer ${api.tokens.admin}`, ...headers },
  });
const view = async () => {
  const answer = await (await api.call(PATH, { token: api.tokens.viewer })).json();
  const schema = api.schema("GET", PATH, 200);
  if (schema) expect([...Value.Errors(schema, answer)]).toEqual([]);
  return answer;
};
const root = async () => {
  await serveRequests(
    box.places,
    systemDoers(box.places, box.host, async () => {}),
    () => {},
  );
  await box.seeThrough();
};
async function until<T>(look: () => Promise<T>, holds: (value: T) => boolean): Promise<T> {
  for (let left = 200; left > 0; left--) {
    const value = await look();
    if (holds(value)) return value;
    await Bun.sleep(50);
  }
  throw new Error("it never came");
}

test("a bundle that is sent is taken in, tried and told of", async () => {
  const response = await send(bytesOf(await maker.app("good 1.1.0", { version: "1.1.0" })));
  expect(response.status).toBe(202);
  const { id, ...rest } = await response.json();
  expect(rest).toEqual({ kind: "app", version: "1.1.0" });
  expect(await view()).toMatchObject({
    image: { layout: "ab" },
    under_way: { id, step: "requested", version: "1.1.0" },
  });
  expect((await send(bytesOf(await maker.app("good 1.2.0", { version: "1.2.0" })))).status).toBe(409);
  await root();
  expect(box.running()).toBe("good 1.1.0");
  expect(await view()).toMatchObject({ under_way: null, history: [{ id, result: "committed" }] });
  expect(readdirSync(box.places.incoming)).toEqual([]);
  await until(
    async () => seen.at(-1),
    (event) => event?.data.result === "committed",
  );
  expect(seen.at(-1)).toMatchObject({ type: "Update", data: { id, version: "1.1.0" } });
});

test("curl's own ways to send a file do as well", async () => {
  const bundle = bytesOf(await maker.app(`good 1.1.0 ${randomBytes(9000).toString("hex")}`, { version: "1.1.0" }));
  expect((await send(bundle, "", { "content-type": "application/x-www-form-urlencoded" })).status).toBe(202);
  await root();
  expect(box.running()).toStartWith("good 1.1.0");
});

test("what is not accepted is said at once, and leaves nothing", async () => {
  const good = bytesOf(await maker.app("good 1.1.0", { version: "1.1.0" }));
  const older = bytesOf(await maker.app("good 0.5.0", { version: "0.5.0" }));
  const refused = async (answer: Answer, words: string) => {
    expect([answer.status, answer.headers.get("content-type")]).toEqual([422, "application/problem+json"]);
    expect((await answer.json()).detail).toContain(words);
    expect(readdirSync(box.places.incoming)).toEqual([]);
    expect(readdirSync(box.places.requests)).toEqual([]);
  };
  await refused(await send(good.slice(0, -1)), "does not end where it should");
  await refused(await send(good.slice(0, 3000)), "the bundle");
  await refused(await send(Buffer.from("x".repeat(5000))), "is not a bundle of Stagebox");
  await refused(await send(older), "is older than what the image itself holds");
  await refused(await send(bytesOf(await new BundleMaker().app("good 2"))), "is not signed by a key");
  await refused(await send(good, `?sha256=${"0".repeat(64)}`), "has the SHA-256");
  expect((await send(good, "?sha256=x")).status).toBe(422);
  const sha256 = createHash("sha256").update(good).digest("hex");
  expect((await send(good, `?sha256=${sha256}`)).status).toBe(202);
});

test("an address is downloaded from; one that leads nowhere is told of", async () => {
  const bundle = bytesOf(await maker.app("good 1.1.0", { version: "1.1.0" }));
  const server = Bun.serve({
    ...{ port: 0, hostname: "127.0.0.1" },
    fetch: ({ url }) => (url.endsWith("/it") ? new Response(bundle) : new Response("no", { status: 404 })),
  });
  try {
    const at = (path: string) => ({
      method: "POST",
      body: { url: `http://127.0.0.1:${server.port}${path}?token=secret` },
    });
    expect((await api.call(PATH, at("/nowhere"))).status).toBe(202);
    const failed = await until(view, ({ under_way }) => under_way?.step === "refused");
    expect(failed.under_way.message).toBe(`http://127.0.0.1:${server.port}/nowhere: the server says 404 Not Found`);
    expect((await api.call(PATH, { method: "POST", body: { url: `${server.url.origin}/it` } })).status).toBe(202);
    await until(view, ({ under_way }) => under_way?.step === "requested");
    await root();
    expect(box.running()).toBe("good 1.1.0");
  } finally {
    await server.stop(true);
  }
});

test.each([
  [{}, "/url", "url is missing: An http or https address of a bundle."],
  [{ url: "file:///etc/passwd" }, "/url", "url does not fit"],
  [{ url: "http://x", more: 1 }, "/more", "more is not known here; leave it out"],
  [{ url: "http://x", sha256: "y" }, "/sha256", "sha256 does not fit"],
  [{ url: "http://x", allow_older: "yes" }, "/allow_older", "allow_older does not fit, expected boolean"],
  [[], "/", "the request does not fit, expected object"],
])("an address that is none is refused with its place: %j", async (body, field, words) => {
  const answer = await api.call(PATH, { method: "POST", body });
  expect(answer.status).toBe(422);
  expect((await answer.json()).problems).toMatchObject([{ field, message: expect.stringContaining(words) }]);
});

test("root refuses what was changed behind the service's back, and the service says so", async () => {
  const { id } = await (await send(bytesOf(await maker.app("good 1.1.0", { version: "1.1.0" })))).json();
  writeFileSync(join(box.places.incoming, `${id}.stagebox`), bytesOf(await new BundleMaker().app("evil 1.1.0")));
  await root();
  expect(box.running()).toBe("good 1.0.0");
  expect((await view()).history[0]).toMatchObject({
    result: "refused",
    message: expect.stringContaining("not signed"),
  });
});

test("an update that was taken back is said by the service that comes after it", async () => {
  await send(bytesOf(await maker.app("bad 1.1.0", { version: "1.1.0" })));
  await root();
  const news: object[] = [];
  const later = new BoxUpdates(box.places, (it) => news.push(it));
  later.start();
  expect(later.notes()).toEqual(["version 1.1.0 was taken back: it was not ready within 180 s"]);
  expect(news).toMatchObject([{ result: "rolled-back" }]);
  later.close();
});

test("the plug: root is asked", async () => {
  for (const what of ["reboot", "power-off"]) {
    expect((await api.call(`/api/system/${what}`, { method: "POST" })).status).toBe(202);
    expect(readdirSync(box.places.requests).some((name) => name.startsWith(`${what}-`))).toBe(true);
  }
});

test("only an admin may, and only on an appliance", async () => {
  for (const path of [PATH, "/api/system/reboot", "/api/system/power-off"]) {
    const init = { method: "POST", body: { url: "http://127.0.0.1:1/x" } };
    expect((await api.call(path, { ...init, token: api.tokens.operator })).status).toBe(403);
    const answer = await laptop.call(path, init);
    expect([answer.status, (await answer.json()).detail]).toEqual([
      409,
      expect.stringContaining("this is no appliance"),
    ]);
  }
  expect(await (await laptop.call(PATH)).json()).toEqual({ image: null, under_way: null, history: [] });
});
