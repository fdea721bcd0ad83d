// SPDX-License-Identifier: Apache-2.0
import { beforeEach, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { placesBelow } from "../../../src/appliance/places.ts";
import { askRoot, resultOf } from "../../../src/appliance/requests/ask-root.ts";
import { openBundle } from "../../../src/appliance/requests/open-bundle.ts";
import { readRequest } from "../../../src/appliance/requests/request.ts";
import { type Doers, serveRequests } from "../../../src/appliance/requests/serve.ts";

let places: ReturnType<typeof placesBelow>;
let done: string[];
let told: string[];

const note = async (request: object, id: string) => {
  done.push(`${id} ${JSON.stringify(request)}`);
};
const doers: Doers = {
  update: note,
  wifi: note,
  reboot: async () => {
    throw new Error("no, not now");
  },
  "power-off": note,
};
const serve = () => serveRequests(places, doers, (message) => told.push(message));

beforeEach(() => {
  places = placesBelow(mkdtempSync(join(tmpdir(), "stagebox-requests-")));
  for (const folder of [places.requests, places.run_system, places.incoming]) mkdirSync(folder, { recursive: true });
  done = [];
  told = [];
});

/** A request's file, as the service or somebody in its place could leave it. */
function leave(name: string, text: string, mode = 0o600): string {
  const path = join(places.requests, name);
  writeFileSync(path, text, { mode });
  return path;
}

test("what is asked for is done once, in order, and it is said how it went", async () => {
  const update = await askRoot(places, "update", { file: "a.stagebox", allow_older: false }, "1");
  const reboot = await askRoot(places, "reboot", {});
  const wifi = await askRoot(places, "wifi", { kind: "wifi", ssid: "attic" });
  await serve();
  expect(done).toEqual([
    `${update} {"file":"a.stagebox","allow_older":false,"kind":"update"}`,
    `${wifi} {"kind":"wifi","ssid":"attic"}`,
  ]);
  expect(resultOf(places, "update", update)).toEqual({ done: true, message: "done" });
  expect(resultOf(places, "reboot", reboot)).toEqual({ done: false, message: "no, not now" });
  expect(readdirSync(places.requests)).toEqual([]);
  await serve();
  expect(done).toHaveLength(2);
});

test("whatever lies there, it is gone afterwards, and nothing else was touched", async () => {
  const secret = join(places.root, "secret");
  writeFileSync(secret, "{}", { mode: 0o600 });
  symlinkSync(secret, join(places.requests, "reboot-1.json"));
  symlinkSync("/nowhere", join(places.requests, "reboot-2.json"));
  linkSync(secret, join(places.requests, "power-off-3.json"));
  mkdirSync(join(places.requests, "power-off-4.json/deep"), { recursive: true });
  spawnSync("mkfifo", [join(places.requests, "power-off-5.json")]);
  leave("power-off-6.json", "{}".padEnd(5000));
  spawnSync("chmod", ["666", leave("power-off-7.json", "{}")]);
  leave("power-off.json", "{}");
  leave("halt-8.json", "{}");
  leave("power-off-9.json", "{");
  leave("power-off-a.json", "[]");
  leave("power-off-b.json", '{"now":true}');
  leave("power-off-c.json", '{"kind":"reboot"}');
  leave("update-d.json", '{"file":"../../etc/shadow.stagebox","allow_older":false}');
  leave("update-e.json", '{"file":"x.stagebox"}');
  leave("é\n.json", "{}");
  writeFileSync(Buffer.from(join(places.requests, "reboot-\xff.json"), "latin1"), "{}");
  await serve();
  expect(done).toEqual([]);
  expect(told).toHaveLength(17);
  for (const fault of [
    "cannot be opened (ELOOP)",
    "is no file",
    "is larger than",
    "is not the service's alone",
    "is no name of a request",
    "is not JSON",
    "is not an object",
    'holds "now"',
    "is of another kind",
    "holds a file that cannot be",
    "holds a allow_older",
  ])
    expect(told.some((it) => it.includes(fault))).toBe(true);
  expect(readdirSync(places.requests)).toEqual([]);
  expect(readFileSync(secret, "utf8")).toBe("{}");
});

test("a link in the folder's place is taken away, and what it leads to is left alone", async () => {
  const elsewhere = join(places.root, "elsewhere");
  mkdirSync(join(elsewhere, "folder"), { recursive: true });
  writeFileSync(join(elsewhere, "file"), "{}");
  rmdirSync(places.requests);
  symlinkSync(elsewhere, places.requests);
  await serve();
  expect(readdirSync(elsewhere)).toEqual(["file", "folder"]);
  expect(existsSync(places.requests)).toBe(false);
  expect(told).toEqual([`a request was refused: ${places.requests} is no folder`]);
  await askRoot(places, "power-off", {}, "1");
  await serve();
  expect(done).toEqual(['1 {"kind":"power-off"}']);
});

test("a request that is still being written is left alone", async () => {
  const path = leave(".reboot-1.json.ab", "{");
  await serve();
  expect(existsSync(path)).toBe(true);
});

test("any text is a request or a fault in words", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      const request = readRequest("update", text);
      return typeof request === "string" || /^[0-9a-z-]+\.stagebox$/.test((request as { file: string }).file);
    }),
  );
});

test("a bundle is read to its end and deleted; a link, a pipe and what is not there are not opened", async () => {
  const path = join(places.incoming, "a.stagebox");
  writeFileSync(path, "x".repeat(300_000));
  const bundle = openBundle(places, "a.stagebox");
  let bytes = 0;
  for await (const piece of bundle.pieces) bytes += piece.length;
  bundle.discard();
  expect([bytes, existsSync(path)]).toEqual([300_000, false]);
  symlinkSync("/etc/passwd", path);
  expect(() => openBundle(places, "a.stagebox")).toThrow("cannot be opened (ELOOP)");
  spawnSync("mkfifo", [join(places.incoming, "b.stagebox")]);
  expect(() => openBundle(places, "b.stagebox")).toThrow("is no file");
  expect(() => openBundle(places, "c.stagebox")).toThrow("cannot be opened (ENOENT)");
  const elsewhere = placesBelow(mkdtempSync(join(tmpdir(), "stagebox-requests-")));
  mkdirSync(elsewhere.data, { recursive: true });
  symlinkSync(places.incoming, elsewhere.incoming);
  expect(() => openBundle(elsewhere, "b.stagebox")).toThrow("cannot be opened");
});
