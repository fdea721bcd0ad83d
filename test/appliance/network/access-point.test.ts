// SPDX-License-Identifier: Apache-2.0
import { beforeEach, expect, test } from "bun:test";
import { existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { offerAccessPoint } from "../../../src/appliance/network/access-point.ts";
import { writeAccessPointSettings } from "../../../src/appliance/network/access-point-settings.ts";
import type { Radio, SeenNetwork } from "../../../src/appliance/network/radio.ts";
import { readNetworkState } from "../../../src/appliance/network/state.ts";
import { wantedSsid, writeWifi } from "../../../src/appliance/network/write-wifi.ts";
import type { Places } from "../../../src/appliance/places.ts";
import { publishReport } from "../../../src/appliance/setup/report.ts";
import { FakeSystem } from "./fake-system.ts";
import { temporaryPlaces } from "./places.ts";

const newPlaces = temporaryPlaces();
const LAB: SeenNetwork = { ssid: "lab", signal_percent: 80, locked: true };

class FakeRadio implements Radio {
  networks = [LAB];
  failure: Error | undefined;
  /** What happened when. */
  readonly log: string[] = [];
  card: string | undefined = "wlan0";
  constructor(private readonly system: FakeSystem) {}
  device = async () => this.card;
  scan = async () => this.networks;
  knowsNetworks = async () => wantedSsid(places) !== undefined;
  async open({ ssid }: { ssid: string }): Promise<void> {
    if (this.failure) throw this.failure;
    this.system.cards.wlan0 = ["192.168.8.1"];
    this.log.push(`${this.system.now_ms / 1000} open ${ssid}`);
  }
  async close(): Promise<void> {
    this.log.push(`${this.system.now_ms / 1000} close`); // the address stays for a while, as it does
  }
}

/** What the card says after a set-up that did this. */
async function report(done: string): Promise<string> {
  const lists = { files: ["stagebox.toml"], problems: [], pending: [], notes: [], taken: [] };
  await publishReport(
    { ...lists, done: [done], time: "2026-11-21T18:00:00Z", clock_is_set: true, restart: false },
    places,
  );
  return card();
}

let places: Places;
let system: FakeSystem;
let radio: FakeRadio;
let guests = 0;
let isLinked = false;
const said: string[] = [];
const ending = () => new AbortController();

beforeEach(() => {
  places = newPlaces({ "boot/firmware/config.txt": "", "sys/class/net/eth0/address": "dc:a6:32:0a:1b:2c\n" });
  guests = 0;
  isLinked = false;
  said.length = 0;
  system = new FakeSystem((line) => {
    if (line.endsWith("station dump")) return "Station 02:00:00:00:01:00 (on wlan0)\n".repeat(guests);
    if (line.endsWith("link")) return isLinked ? "Connected to 02:00:00:00:00:00 (on wlan0)\n" : "Not connected.\n";
  });
  radio = new FakeRadio(system);
});

const card = () => readFileSync(places.setup_status, "utf8");

const offer = (abort = ending()) =>
  offerAccessPoint({
    ...{ places, system, radio, signal: abort.signal },
    say: (line) => said.push(line),
    answerNames: async () => ({ port: 53, close() {} }),
  });

test("a box that knows no network keeps its own open until a cable is in", async () => {
  system.at(1_800_000, () => {
    system.cards.eth0 = ["192.0.2.7"];
  });
  const screen = join(places.run_system, "screen.d/access-point.txt");
  system.at(5000, () => {
    expect(readNetworkState(places).access_point).toEqual({ ssid: "Stagebox-1B2C", address: "192.168.8.1" });
    expect(readFileSync(screen, "utf8")).toMatch(
      /^Wi-Fi {6}Stagebox-1B2C, password \S{14}\n.*192\.168\.8\.1\/setup\n$/,
    );
    expect(statSync(screen).mode & 0o777).toBe(0o600);
  });
  expect(await offer()).toBe("connected");
  expect(radio.log).toEqual(["0 open Stagebox-1B2C", "1800 close"]);
  expect(readNetworkState(places)).toEqual({ networks: [LAB], access_point: undefined, attempt: undefined });
  expect(existsSync(screen)).toBe(false);
  expect(card()).toMatch(/name {6}Stagebox-1B2C\r\n {2}password {2}\S{14}\r\n/);
  expect(card()).toContain("http://192.168.8.1/setup");
  expect(said.join("\n")).not.toContain("password");
});

test("a box that knows one looks for it every five minutes, and goes back to it", async () => {
  await writeWifi(places, { ssid: "lab", password: "correct horse" });
  system.at(700_000, () => {
    system.cards.wlan0 = ["192.0.2.9"];
  });
  expect(await offer()).toBe("connected");
  expect(radio.log).toEqual(["0 open Stagebox-1B2C", "300 close", "360 open Stagebox-1B2C", "660 close"]);
});

test("nobody who uses the set-up page is thrown out", async () => {
  await writeWifi(places, { ssid: "lab", password: "correct horse" });
  guests = 1;
  system.at(1_200_000, () => {
    guests = 0;
  });
  system.at(600_000, () => {
    system.cards.eth0 = ["192.0.2.7"];
  });
  expect(await offer()).toBe("connected");
  expect(radio.log).toEqual(["0 open Stagebox-1B2C", "1200 close"]);
});

test.each([
  ["lab", false, "did not let the box in; is the password right?"],
  ["elsewhere", false, "is not in reach"],
  ["lab", true, "gave no address"],
])("it says why %s did not work", async (ssid, linked, problem) => {
  await writeWifi(places, { ssid, password: "correct horse" });
  isLinked = linked;
  const abort = ending();
  system.at(5000, () => {
    expect(readNetworkState(places).attempt).toMatchObject({
      ssid,
      state: "failed",
      problem: expect.stringContaining(problem),
    });
    abort.abort();
  });
  expect(await offer(abort)).toBe("ended");
  expect(said.join("\n")).toContain(problem);
  expect(card()).toContain(problem);
  expect(said.join("\n")).not.toContain("correct horse");
  expect(radio.log.at(-1)).toEndWith("close");
});

test("the card tells of it beside what set-up said there, and no more once it is switched off", async () => {
  const before = await report("the box is called lab");
  system.at(5000, () => {
    system.cards.eth0 = ["192.0.2.7"];
  });
  expect(await offer()).toBe("connected");
  expect(card()).toStartWith(before.trimEnd());
  expect(card()).toContain("  name      Stagebox-1B2C");
  const after = await report("the box is called attic");
  expect(after).toContain("  name      Stagebox-1B2C");
  expect(after).not.toContain("lab");
  await writeAccessPointSettings(places, { enabled: false });
  expect(await offer()).toBe("disabled");
  expect(card()).toContain("attic");
  expect(card()).not.toContain("Stagebox-1B2C");
});

test("a network that was joined after all is no problem any more", async () => {
  await writeWifi(places, { ssid: "lab", password: "correct horse" });
  let meanwhile = "";
  system.at(5000, () => {
    meanwhile = card();
  });
  system.at(310_000, () => {
    system.cards.wlan0 = ["192.0.2.9"];
  });
  expect(await offer()).toBe("connected");
  expect(meanwhile).toContain('The Wi-Fi "lab" is in reach but did not let the box in');
  expect(card()).not.toContain("did not let the box in");
});

test("a card that cannot be written keeps nobody out", async () => {
  rmSync(places.firmware, { recursive: true });
  system.at(5000, () => {
    system.cards.eth0 = ["192.0.2.7"];
  });
  expect(await offer()).toBe("connected");
  expect(said).toContainEqual(expect.stringContaining("stagebox-status.txt on the card does not say so"));
  expect(radio.log).toEqual(["0 open Stagebox-1B2C", "5 close"]);
});

test("the owner may switch it off, and a box without Wi-Fi has none", async () => {
  radio.card = undefined;
  expect(await offer()).toBe("no device");
  await writeAccessPointSettings(places, { enabled: false });
  expect(await offer()).toBe("disabled");
  expect(radio.log).toEqual([]);
});

test("a radio that cannot is asked again, and the radio looks for networks meanwhile", async () => {
  radio.failure = new Error("busy");
  system.at(90_000, () => {
    system.cards.eth0 = ["192.0.2.7"];
  });
  expect(await offer()).toBe("connected");
  expect(said[0]).toContain("could not be opened: busy");
});
