// SPDX-License-Identifier: Apache-2.0
//
// The network by the API: what it tells, what it asks root for, and the way from a phone to the set-up page.
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Value } from "@sinclair/typebox/value";
import { BoxNetwork } from "../../src/appliance/network/box-network.ts";
import { writeNetworkState } from "../../src/appliance/network/state.ts";
import { type Places, placesBelow } from "../../src/appliance/places.ts";
import { FakeSystem } from "../appliance/network/fake-system.ts";
import { temporaryFolders } from "../store/temporary-folder.ts";
import { startApi, type TestApi } from "./start-api.ts";

const newFolder = temporaryFolders();
let api: TestApi;
let places: Places;

beforeAll(async () => {
  places = placesBelow(mkdtempSync(join(tmpdir(), "stagebox-network-")));
  const files = {
    [places.image]: '{"layout":"ab","base":"debian"}',
    [join(places.root, "sys/class/net/wlan0/address")]: "dc:a6:32:00:00:01\n",
    [join(places.root, "sys/class/net/wlan0/operstate")]: "up\n",
    [join(places.root, "sys/class/net/wlan0/device/vendor")]: "",
    [join(places.root, "sys/class/net/wlan0/phy80211/index")]: "0\n",
    [join(places.root, "sys/class/net/docker0/address")]: "02:00:00:00:00:01\n",
    [join(places.root, "proc/net/wireless")]: `Inter-| sta-|   Quality        |   Discarded packets
 face | tus | link level noise |  nwid  crypt
 wlan0: 0000   54.  -56.  -256        0      0
`,
  };
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  const system = new FakeSystem((line) =>
    line.includes("GetHostName") ? '{"type":"s","data":["Stagebox-2"]}' : undefined,
  );
  api = await startApi(undefined, { network: new BoxNetwork(places, system) });
});
afterAll(async () => {
  await api.close();
  rmSync(places.root, { recursive: true, force: true });
});
beforeEach(() => {
  rmSync(places.requests, { recursive: true, force: true });
  rmSync(places.run_system, { recursive: true, force: true });
});

const joinWifi = (body: object, token?: string) =>
  api.call("/api/system/network", { method: "POST", body, ...(token && { token }) });
const requests = () => readdirSync(places.requests).map((name) => join(places.requests, name));

test("it tells cards, addresses, signal, and under which name the box is found", async () => {
  await writeNetworkState(places, "attempt", {
    ssid: "lab",
    state: "failed",
    problem: "is not in reach",
    time: "2026-01-01T00:00:00Z",
  });
  const body = await (await api.call("/api/system/network", { token: api.tokens.viewer })).json();
  const schema = api.schema("GET", "/api/system/network", 200);
  expect([...Value.Errors(schema as never, body)]).toEqual([]);
  expect(body).toEqual({
    hostname: hostname().split(".")[0],
    announced: "stagebox-2.local",
    cards: [{ name: "wlan0", kind: "wifi", mac: "dc:a6:32:00:00:01", is_up: true, addresses: [], signal_dbm: -56 }],
    access_point: null,
    attempt: { ssid: "lab", state: "failed", problem: "is not in reach", time: "2026-01-01T00:00:00Z" },
  });
});

test("root is asked for another network in a file that nobody else reads, and the answer repeats no password", async () => {
  const wanted = { ssid: "lab ☃", password: "correct horse", country: "DE", hostname: "Lab-3" };
  const response = await joinWifi(wanted);
  expect(response.status).toBe(202);
  expect(await response.json()).toEqual({ ssid: "lab ☃", address: "http://lab-3.local" });
  const [file = "", ...more] = requests();
  expect(more).toEqual([]);
  expect(file).toMatch(/\/wifi-[0-9a-f]+\.json$/);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(wanted);
});

test("all that is wrong is told at once, by its field, and root is not asked", async () => {
  const password = "hunter2";
  const response = await joinWifi({ ssid: "", password, country: "Germany", hostname: "my box" });
  expect(response.status).toBe(422);
  const text = await response.text();
  const fields = JSON.parse(text).problems.map(({ field }: { field: string }) => field);
  expect(fields.sort()).toEqual(["/country", "/hostname", "/password", "/ssid"]);
  expect(text).not.toContain(password);
  const unknown = await joinWifi({ ssid: "lab", pasword: password });
  expect(unknown.status).toBe(422);
  expect(await unknown.text()).not.toContain(password);
  expect(requests).toThrow("ENOENT");
});

test("only an admin decides, and only on an appliance", async () => {
  expect((await joinWifi({ ssid: "lab" }, api.tokens.operator)).status).toBe(403);
  const laptop = await startApi(undefined, {
    network: new BoxNetwork(placesBelow(newFolder().path), new FakeSystem()),
  });
  const answer = await laptop.call("/api/system/network", { method: "POST", body: { ssid: "lab" } });
  expect([answer.status, (await answer.json()).detail]).toEqual([409, expect.stringContaining("Stagebox is a guest")]);
  await laptop.close();
});

const openAccessPoint = () =>
  writeNetworkState(places, "access_point", { ssid: "Stagebox-1B2C", address: "192.168.8.1" });
const probe = (host: string, method = "GET", path = "/generate_204") =>
  api.call(path, { method, headers: { host }, token: null });

test.each(["connectivitycheck.gstatic.com", "captive.apple.com", "www.msftconnecttest.com:80"])(
  "a phone in the box's own network that looks for %s is led to the set-up page",
  async (host) => {
    expect((await probe(host)).status).toBe(421);
    await openAccessPoint();
    const answer = await probe(host);
    expect([answer.status, answer.headers.get("location")]).toEqual([302, "http://192.168.8.1/setup"]);
    expect((await probe(host, "POST", "/api/system/network")).status).toBe(421);
    expect((await probe(hostname())).status).toBe(401);
  },
);

test("the page shows what is around only in the box's own network, and no name of a network breaks out of it", async () => {
  const evil = "</script><script>alert(1)//";
  await writeNetworkState(places, "networks", [{ ssid: evil, signal_percent: 50, locked: true }]);
  const state = async () => {
    const html = await (await api.call("/setup", { token: null })).text();
    expect(html.match(/<\/script>/g)).toHaveLength(2);
    return JSON.parse(/id="state">(.*)<\/script>/.exec(html)?.[1] ?? "");
  };
  expect((await state()).networks).toEqual([]);
  await openAccessPoint();
  expect((await state()).networks[0].ssid).toBe(evil);
});

test("the page brings all it needs, names every field, and says beside each what is wrong with it", async () => {
  const response = await api.call("/setup", { token: null });
  expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
  const html = await response.text();
  expect(html).toMatch(/<html lang="en">/);
  expect(html).toMatch(/<meta name="viewport"/);
  expect(html).not.toMatch(/(src|href)="(https?:)?\/\//);
  const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const fields = [...html.matchAll(/<(?:input|select) [^>]*>/g)].map(([tag]) => tag);
  expect(fields.length).toBeGreaterThan(7);
  for (const tag of fields) {
    const id = /id="([^"]+)"/.exec(tag)?.[1];
    const isInLabel = html.includes(`<label class="choice">${tag}`);
    expect(isInLabel || html.includes(`<label for="${id}">`)).toBe(true);
    for (const other of /aria-describedby="([^"]+)"/.exec(tag)?.[1]?.split(" ") ?? []) expect(ids).toContain(other);
  }
  for (const field of ["ssid", "password", "country", "hostname"]) expect(ids).toContain(`${field}-wrong`);
});
