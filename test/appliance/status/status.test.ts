// SPDX-License-Identifier: Apache-2.0
import { afterEach, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { runningBuild } from "../../../src/appliance/build.ts";
import { readSystemNotes } from "../../../src/appliance/notes.ts";
import { placesBelow } from "../../../src/appliance/places.ts";
import { ownAddresses } from "../../../src/appliance/status/addresses.ts";
import { seldom } from "../../../src/appliance/status/seldom.ts";
import { type StatusFacts, statusOf } from "../../../src/appliance/status/status.ts";
import { runFolder, StatusFile } from "../../../src/appliance/status/status-file.ts";
import { statusLine, statusText } from "../../../src/appliance/status/status-text.ts";

const root = mkdtempSync(join(tmpdir(), "stagebox-status-"));
afterEach(() => rmSync(root, { recursive: true, force: true }));

const FACTS: StatusFacts = {
  ...{ flow: "moving", safe_mode: false, pipeline: "alpha", rate_hz: 250, channels: 8, port: 8080 },
  ...{ hostname: "stagebox", addresses: ["192.0.2.7", "2001:db8::7"], sign_in_code: "7KQ2-M9XD", notes: [] },
};
const now = new Date("2026-01-02T03:04:05Z");
const status = (change: Partial<StatusFacts> = {}) => statusOf({ ...FACTS, ...change }, now);

test("the state says what the box does", () => {
  const flows = ["starting", "moving", "waiting", "idle", "stuck", "fault"] as const;
  expect(flows.map((flow) => status({ flow }).state)).toEqual([
    ...(["starting", "running", "waiting", "waiting", "fault", "fault"] as const),
  ]);
  expect(flows.map((flow) => status({ flow, safe_mode: true }).state)).toEqual([
    ...(["safe-mode", "safe-mode", "safe-mode", "safe-mode", "fault", "fault"] as const),
  ]);
});

test("what is wrong comes first, and of the rest the latest", () => {
  const notes = Array.from({ length: 9 }, (_, index) => `note ${index}`);
  expect(status({ flow: "stuck", notes }).notes).toEqual([
    expect.stringContaining("no packet moves"),
    ...notes.slice(4),
  ]);
});

test("one line holds all that somebody at a serial console needs", () => {
  expect(statusLine(status())).toBe(
    "running: alpha, 8 channels at 250 Hz; http://stagebox.local:8080 http://192.0.2.7:8080 http://[2001:db8::7]:8080; sign-in code 7KQ2-M9XD",
  );
  const { pipeline: _, rate_hz: __, channels: ___, sign_in_code: ____, ...bare } = FACTS;
  const idle = statusOf({ ...bare, flow: "idle", addresses: [] }, now);
  expect(statusLine(idle)).toBe("waiting; no network yet");
});

test("nothing on the screen is wider than it, and no name moves its cursor", () => {
  const evil = status({ pipeline: "a\u001b[2Jb\nc\u0007", notes: ["wide ".repeat(60), "x".repeat(500), "Zürich\r"] });
  const lines = statusText(evil).split("\n");
  for (const line of lines) expect(line).toMatch(/^[ -~]*$/);
  for (const line of lines.slice(1)) expect(line.length).toBeLessThanOrEqual(80);
  expect(lines[0]).toContain("a?[2Jb?c?");
});

test("files are whole, change only with what they say, and go with the service", async () => {
  const run = join(root, "run/stagebox");
  let facts = FACTS;
  const file = new StatusFile(run, () => facts);
  await file.look();
  const written = () => JSON.parse(readFileSync(join(run, "status.json"), "utf8"));
  expect(written()).toEqual({ ...statusOf(FACTS, now), time: expect.any(String) });
  expect(readFileSync(join(run, "status.txt"), "utf8")).toBe(statusText(written()));
  expect(statSync(join(run, "status.json")).mode & 0o777).toBe(0o600);

  const { ino } = statSync(join(run, "status.json"));
  await file.look();
  expect(statSync(join(run, "status.json")).ino).toBe(ino);
  facts = { ...FACTS, pipeline: "beta" };
  await file.look();
  expect(written().pipeline).toBe("beta");
  await file.close();
  await file.look();
  expect(readdirSync(run)).toEqual([]);
});

test("only an appliance has a screen, unless somebody says where to write", () => {
  const places = placesBelow(root);
  expect(runFolder(places, {})).toBeUndefined();
  expect(runFolder(places, { STAGEBOX_RUN: "/elsewhere" })).toBe("/elsewhere");
  mkdirSync(dirname(places.image), { recursive: true });
  writeFileSync(places.image, JSON.stringify({ layout: "ab", build: "0123" }));
  expect(runFolder(places, {})).toBe(places.run);
  expect(existsSync(places.run)).toBe(false);
});

test("a build is that of the update that runs, else the image's, else nobody's", () => {
  const places = placesBelow(root);
  expect(runningBuild(places, "/usr/bin/stagebox")).toBeUndefined();
  mkdirSync(dirname(places.image), { recursive: true });
  writeFileSync(places.image, JSON.stringify({ layout: "ab", build: "image1" }));
  expect(runningBuild(places, "/opt/stagebox/bin/stagebox")).toBe("image1");
  expect(runningBuild(places, "/data/app/versions/0.2.0-0123456789ab/stagebox")).toBe("0123456789ab");
});

test("what root's programs have to say is among the notes, whatever lies there", () => {
  const places = placesBelow(root);
  expect(readSystemNotes(places)).toEqual([]);
  mkdirSync(join(places.notes, "folder"), { recursive: true });
  writeFileSync(join(places.notes, "data"), "the data partition is lost\nmore\n");
  writeFileSync(join(places.notes, "long"), "x".repeat(10_000));
  writeFileSync(join(places.notes, ".half-written"), "ha");
  expect(readSystemNotes(places)).toEqual(["the data partition is lost", "more", "x".repeat(300)]);
});

test("a look is taken now and then, however often it is asked for", () => {
  let now_ms = 0;
  let looks = 0;
  const look = seldom(
    () => ++looks,
    () => now_ms,
  );
  expect([look(), look()]).toEqual([1, 1]);
  now_ms = 5000;
  expect([look(), look()]).toEqual([2, 2]);
});

test("addresses are those that another machine can use", () => {
  const of = (address: string, family: "IPv4" | "IPv6", internal = false) => ({ address, family, internal }) as never;
  expect(
    ownAddresses({
      lo: [of("127.0.0.1", "IPv4", true)],
      eth0: [of("fe80::1", "IPv6"), of("2001:db8::7", "IPv6"), of("192.0.2.7", "IPv4")],
      wlan0: [of("169.254.3.4", "IPv4"), of("192.0.2.7", "IPv4"), of("198.51.100.2", "IPv4")],
    }),
  ).toEqual(["192.0.2.7", "198.51.100.2", "2001:db8::7"]);
});
