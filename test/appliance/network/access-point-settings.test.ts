// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { accessPoint, writeAccessPointSettings } from "../../../src/appliance/network/access-point-settings.ts";
import { temporaryPlaces } from "./places.ts";

const newPlaces = temporaryPlaces();

test("a box is called by its network card, and its password is random, its own and lasting", async () => {
  const places = newPlaces({
    "sys/class/net/lo/address": "00:00:00:00:00:00\n",
    "sys/class/net/wlan0/address": "dc:a6:32:00:00:01\n",
    "sys/class/net/eth0/address": "dc:a6:32:0a:1b:2c\n",
  });
  const first = await accessPoint(places);
  expect(first).toEqual({
    ssid: "Stagebox-1B2C",
    password: expect.stringMatching(/^([a-hj-km-np-z2-9]{4}-){2}[a-hj-km-np-z2-9]{4}$/),
    enabled: true,
  });
  expect(await accessPoint(places)).toEqual(first);
  expect((await accessPoint(newPlaces())).password).not.toBe(first.password);
  expect(statSync(join(places.system, "access-point.json")).mode & 0o777).toBe(0o600);
});

test("what the owner sets stays beside what is not set", async () => {
  const places = newPlaces();
  const { password } = await accessPoint(places);
  await writeAccessPointSettings(places, { ssid: "Lab 3", enabled: false });
  expect(await accessPoint(places)).toEqual({ ssid: "Lab 3", password, enabled: false });
  await writeAccessPointSettings(places, { password: "correct horse" });
  expect(await accessPoint(places)).toEqual({ ssid: "Lab 3", password: "correct horse", enabled: false });
});

test("a name that would be a path is refused, and so is a password that no radio takes, both at once", async () => {
  const places = newPlaces();
  const wrong = writeAccessPointSettings(places, { ssid: "../iwd", password: "kürzlich-neu", enabled: 1 as never });
  await expect(wrong).rejects.toThrow(/\/ssid: .*\n\/password: .*\n\/enabled: /);
});

test("a file that a bad card left counts as none", async () => {
  const places = newPlaces();
  await accessPoint(places);
  writeFileSync(join(places.system, "access-point.json"), '{"ssid":"../x","password":7');
  expect((await accessPoint(places)).ssid).toBe("Stagebox-0000");
});
