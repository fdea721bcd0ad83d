// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { wantedSsid, writeWifi } from "../../../src/appliance/network/write-wifi.ts";
import { temporaryPlaces } from "./places.ts";
import { readKeyfile } from "./read-keyfile.ts";

const newPlaces = temporaryPlaces();
const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

test("iwd finds the network at once and after a reboot, and nobody else may read it", async () => {
  const places = newPlaces();
  await writeWifi(places, { ssid: "../../etc/passwd", password: "correct horse", country: "de" });
  for (const folder of [join(places.root, "var/lib/iwd"), join(places.system, "iwd")]) {
    const [name = "", ...more] = readdirSync(folder);
    expect(more).toEqual([]);
    expect(name).toBe(`=${Buffer.from("../../etc/passwd").toString("hex")}.psk`);
    expect([mode(folder), mode(join(folder, name))]).toEqual(["700", "600"]);
    expect(readKeyfile(readFileSync(join(folder, name), "utf8")).Security?.Passphrase).toBe("correct horse");
  }
  expect(readFileSync(join(places.system, "wifi-country"), "utf8")).toBe("COUNTRY=DE\n");
  expect(wantedSsid(places)).toBe("../../etc/passwd");
});

test("where NetworkManager is, it is told", async () => {
  const places = newPlaces({ "usr/sbin/NetworkManager": "" });
  await writeWifi(places, { ssid: "lab", password: "correct horse" });
  for (const folder of [
    join(places.root, "etc/NetworkManager/system-connections"),
    join(places.system, "NetworkManager"),
  ]) {
    const [name = ""] = readdirSync(folder);
    expect(mode(join(folder, name))).toBe("600");
    expect(readKeyfile(readFileSync(join(folder, name), "utf8"))["wifi-security"]?.psk).toBe("correct horse");
  }
  expect(existsSync(join(places.root, "var/lib/iwd"))).toBe(false);
});

test("a network that lost its password is not asked for one any more, and the reverse", async () => {
  const places = newPlaces();
  const names = () => readdirSync(join(places.system, "iwd"));
  await writeWifi(places, { ssid: "lab", password: "correct horse" });
  await writeWifi(places, { ssid: "lab" });
  expect(names()).toEqual(["lab.open"]);
  await writeWifi(places, { ssid: "lab", password: "correct horse" });
  expect(names()).toEqual(["lab.psk"]);
  await writeWifi(places, { ssid: "home", password: "battery staple" });
  expect(names().sort()).toEqual(["home.psk", "lab.psk"]);
});

test("nothing is written of what is wrong", async () => {
  const places = newPlaces();
  await expect(writeWifi(places, { ssid: "lab", password: "short" })).rejects.toThrow("/password: has 5 bytes");
  expect(existsSync(places.system)).toBe(false);
});
