// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { connectWifi } from "../../../src/appliance/network/connect-wifi.ts";
import { readNetworkState } from "../../../src/appliance/network/state.ts";
import { ProblemsError } from "../../../src/pipeline/problem.ts";
import { FakeSystem } from "./fake-system.ts";
import { temporaryPlaces } from "./places.ts";

const newPlaces = temporaryPlaces();
const WIFI = { ssid: "lab", password: "correct horse" };

test("the network is known, tried and given its minute", async () => {
  const places = newPlaces();
  const system = new FakeSystem();
  await connectWifi(places, { ...WIFI, country: "de" }, system);
  expect(existsSync(join(places.root, "var/lib/iwd/lab.psk"))).toBe(true);
  expect(readNetworkState(places).attempt).toMatchObject({ ssid: "lab", state: "trying" });
  expect(system.ran).toEqual([
    "systemctl restart stagebox-wifi-country.service",
    "systemctl restart --no-block stagebox-access-point.service",
  ]);
  expect(system.now_ms).toBeGreaterThan(0); // whoever asked has had the answer
});

test("NetworkManager is told that there is a new file, and the box gets its name", async () => {
  const places = newPlaces({ "usr/sbin/NetworkManager": "" });
  const system = new FakeSystem();
  await connectWifi(places, { ...WIFI, hostname: "Lab-3" }, system);
  expect(readFileSync(join(places.system, "hostname"), "utf8")).toBe("lab-3\n");
  expect(system.ran).toEqual([
    "hostnamectl set-hostname lab-3",
    "systemctl try-restart avahi-daemon.service",
    expect.stringMatching(/^nmcli .*connection reload$/) as unknown as string,
    "systemctl restart --no-block stagebox-access-point.service",
  ]);
});

test("whatever comes from the service, root does all of it or nothing", async () => {
  const places = newPlaces();
  const system = new FakeSystem();
  for (const request of [
    undefined,
    null,
    7,
    [],
    {},
    { ...WIFI, hostname: "a b" },
    { ...WIFI, ssid: "" },
    { ...WIFI, root: 1 },
  ])
    await expect(connectWifi(places, request, system)).rejects.toBeInstanceOf(ProblemsError);
  await fc.assert(
    fc.asyncProperty(fc.anything(), async (request) => {
      await expect(connectWifi(places, request, system)).rejects.toBeInstanceOf(ProblemsError);
    }),
  );
  expect(system.ran).toEqual([]);
  expect(existsSync(places.system)).toBe(false);
});
