// SPDX-License-Identifier: Apache-2.0
//
// What is asked of iwd and of NetworkManager, and what is made of their answers, in the words they use.
import { expect, test } from "bun:test";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { guestsOf, isLinked, radioOf } from "../../../src/appliance/network/radio.ts";
import type { Places } from "../../../src/appliance/places.ts";
import { FakeSystem } from "./fake-system.ts";
import { temporaryPlaces } from "./places.ts";
import { readKeyfile } from "./read-keyfile.ts";

const newPlaces = temporaryPlaces();
const OWN = { ssid: "Stagebox-1B2C", password: "abcd-efgh-jkmn", enabled: true };

const property = (type: string, data: unknown) => ({ type, data });
const network = (name: string, type: string) => ({
  "net.connman.iwd.Network": { Name: property("s", name), Type: property("s", type) },
});

/** As busctl --json=short prints it. */
function iwd(line: string, objects: object): string | undefined {
  if (line.includes("GetManagedObjects")) return JSON.stringify({ type: "a{oa{sa{sv}}}", data: [objects] });
  if (!line.includes("GetOrderedNetworks")) return undefined;
  const ordered = [
    ["/n/weak", -9000],
    ["/n/lab", -5500],
    ["/n/open", -7000],
    ["/n/lab5", -4000],
    ["/n/gone", -3000],
  ];
  return JSON.stringify({ type: "a(on)", data: [ordered] });
}
const DEVICE = { "net.connman.iwd.Device": { Name: property("s", "wlan0") } };
const OBJECTS = {
  "/net/connman/iwd": {},
  "/net/connman/iwd/1/7": { "net.connman.iwd.Device": { Name: property("s", "wlan1") } },
  "/net/connman/iwd/0/3": { ...DEVICE, "net.connman.iwd.Station": { Scanning: property("b", false) } },
  "/n/weak": network("far", "psk"),
  "/n/lab": network("lab", "psk"),
  "/n/lab5": network("lab", "psk"),
  "/n/open": network("Gäste", "open"),
};

test("iwd: networks in reach, the strongest first and each once", async () => {
  const system = new FakeSystem((line) => iwd(line, OBJECTS));
  const radio = radioOf(newPlaces(), system);
  expect(await radio.device()).toBe("wlan0");
  expect(await radio.scan()).toEqual([
    { ssid: "lab", signal_percent: 100, locked: true },
    { ssid: "Gäste", signal_percent: 60, locked: false },
    { ssid: "far", signal_percent: 20, locked: true },
  ]);
});

test("iwd: a network of the box's own, though the new mode takes a moment", async () => {
  let refusals = 2;
  const system = new FakeSystem((line) =>
    line.includes("StartProfile") && refusals-- > 0 ? new Error("Unknown method") : iwd(line, OBJECTS),
  );
  const places = newPlaces();
  const radio = radioOf(places, system);
  await radio.open(OWN);
  const profile = join(places.root, "var/lib/iwd/ap/Stagebox-1B2C.ap");
  expect(readKeyfile(readFileSync(profile, "utf8"))).toEqual({ Security: { Passphrase: OWN.password } });
  expect(statSync(profile).mode & 0o777).toBe(0o600);
  const said = system.ran.filter((line) => !line.includes("GetManagedObjects"));
  const at = "net.connman.iwd /net/connman/iwd/0/3 net.connman.iwd";
  expect(said[0]).toBe(`busctl set-property ${at}.Device Mode s ap`);
  expect(said.slice(1)).toEqual(Array(3).fill(`busctl --json=short call ${at}.AccessPoint StartProfile s ${OWN.ssid}`));
  expect(system.ran.join()).not.toContain(OWN.password);
  await radio.close();
  expect(system.ran.at(-1)).toBe(`busctl set-property ${at}.Device Mode s station`);
});

test("a network is known, or none but the box's own", async () => {
  const knows = (places: Places, answer: (line: string) => string | undefined) =>
    radioOf(places, new FakeSystem(answer)).knowsNetworks();
  expect(await knows(newPlaces(), (line) => iwd(line, OBJECTS))).toBe(false);
  const known = { ...OBJECTS, "/k": { "net.connman.iwd.KnownNetwork": { Name: property("s", "lab") } } };
  expect(await knows(newPlaces(), (line) => iwd(line, known))).toBe(true);
  const places = newPlaces({ "usr/sbin/NetworkManager": "" });
  const own = "stagebox-access-point:802-11-wireless\nWired connection 1:802-3-ethernet\n";
  expect(await knows(places, () => own)).toBe(false);
  expect(await knows(places, () => `${own}preconfigured:802-11-wireless\n`)).toBe(true);
});

test("iwd is not there, or has no radio", async () => {
  const bare = radioOf(newPlaces(), new FakeSystem((line) => iwd(line, {})));
  expect([await bare.device(), await bare.scan()]).toEqual([undefined, []]);
  await expect(bare.open(OWN)).rejects.toThrow("no Wi-Fi device");
  const dead = radioOf(newPlaces(), new FakeSystem(() => new Error("Failed to connect to bus")));
  await dead.close();
});

test("NetworkManager: names with a colon or a backslash in them, and those that are hidden", async () => {
  const places = newPlaces({ "usr/sbin/NetworkManager": "" });
  const system = new FakeSystem((line) => {
    if (line.endsWith("device")) return "eth0:ethernet\nwlan0:wifi\np2p-dev-wlan0:wifi-p2p\n";
    if (line.includes("wifi list")) return "a\\:b\\\\c:70:WPA2\n:90:WPA2\nGäste:40:\na\\:b\\\\c:80:WPA2 WPA3\n";
  });
  const radio = radioOf(places, system);
  expect(await radio.device()).toBe("wlan0");
  expect(await radio.scan()).toEqual([
    { ssid: "a:b\\c", signal_percent: 80, locked: true },
    { ssid: "Gäste", signal_percent: 40, locked: false },
  ]);
});

test("NetworkManager: a network of the box's own, which it does not keep", async () => {
  const places = newPlaces({ "usr/sbin/NetworkManager": "" });
  const system = new FakeSystem();
  const radio = radioOf(places, system);
  await radio.open(OWN);
  const file = join(places.root, "run/NetworkManager/system-connections/stagebox-access-point.nmconnection");
  expect(readKeyfile(readFileSync(file, "utf8"))).toMatchObject({
    connection: { autoconnect: "false" },
    wifi: { mode: "ap" },
    "wifi-security": { "key-mgmt": "wpa-psk", psk: OWN.password },
    ipv4: { method: "shared", address1: "192.168.8.1/24" },
  });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  await radio.close();
  expect(system.ran.map((line) => line.replace(/.* connection /, ""))).toEqual([
    `load ${file}`,
    "up id stagebox-access-point",
    "down id stagebox-access-point",
  ]);
});

test("guests and links are counted by what iw says", async () => {
  const system = new FakeSystem((line) => {
    if (line === "iw dev wlan0 station dump")
      return "Station 02:00:00:00:01:00 (on wlan0)\n\tinactive time:\t12 ms\nStation 02:00:00:00:02:00 (on wlan0)\n";
    return line === "iw dev wlan0 link" ? "Connected to 02:00:00:00:00:00 (on wlan0)\n\tSSID: lab\n" : new Error("no");
  });
  expect([await guestsOf(system, "wlan0"), await isLinked(system, "wlan0")]).toEqual([2, true]);
  expect([await guestsOf(system, "wlan1"), await isLinked(system, "wlan1")]).toEqual([0, false]);
});
