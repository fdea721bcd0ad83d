// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import fc from "fast-check";
import { iwdFile, iwdFileName } from "../../../src/appliance/network/iwd-file.ts";
import { networkManagerFile, networkManagerFileName } from "../../../src/appliance/network/network-manager-file.ts";
import { checkWifi, wpaKey } from "../../../src/appliance/network/wifi.ts";
import { ProblemsError } from "../../../src/pipeline/problem.ts";
import { readKeyfile } from "./read-keyfile.ts";

const bytes = (text: string) => Buffer.byteLength(text);
const ssids = fc
  .oneof(fc.string({ unit: "binary", minLength: 1, maxLength: 32 }), fc.string({ minLength: 1, maxLength: 32 }))
  .filter((ssid) => bytes(ssid) <= 32 && !ssid.includes("\0"));
const passwords = fc
  .oneof(fc.string({ unit: "binary", minLength: 8, maxLength: 63 }), fc.string({ minLength: 8, maxLength: 63 }))
  .filter((password) => bytes(password) <= 63);
const keys = fc.string({ unit: fc.constantFrom(..."0123456789abcdefABCDEF"), minLength: 64, maxLength: 64 });

/** iwd's storage.c in words: as it is, or = and hexadecimal; then what the network is. */
function ssidOfFile(name: string): { ssid: string; type: string } {
  const dot = name.lastIndexOf(".");
  const [stem, type] = [name.slice(0, dot), name.slice(dot + 1)];
  if (!stem.startsWith("=")) {
    expect(stem).toMatch(/^[A-Za-z0-9_ -]+$/);
    return { ssid: stem, type };
  }
  expect(stem.slice(1)).toMatch(/^([0-9a-f]{2})+$/);
  return { ssid: Buffer.from(stem.slice(1), "hex").toString(), type };
}

test("iwd reads back the very network, whatever it is called and whatever its password is", () => {
  fc.assert(
    fc.property(ssids, passwords, fc.boolean(), (ssid, password, hidden) => {
      const wifi = checkWifi({ ssid, password, hidden });
      expect(ssidOfFile(iwdFileName(wifi))).toEqual({ ssid, type: "psk" });
      const { Security, Settings, ...others } = readKeyfile(iwdFile(wifi));
      expect(others).toEqual({});
      expect(Settings?.Hidden).toBe(hidden ? "true" : (undefined as never));
      const isPassphrase = /^[ -~]+$/.test(password);
      expect(Security as unknown).toEqual(
        isPassphrase ? { Passphrase: password } : { PreSharedKey: wpaKey(ssid, password) },
      );
    }),
    { numRuns: 60 },
  );
});

test("NetworkManager reads back the very network", () => {
  fc.assert(
    fc.property(ssids, passwords, (ssid, password) => {
      const wifi = checkWifi({ ssid, password });
      expect(networkManagerFileName(wifi)).toMatch(/^stagebox-[0-9a-f]{12}\.nmconnection$/);
      const file = readKeyfile(networkManagerFile(wifi));
      const numbers = `${file.wifi?.ssid}`.split(";").slice(0, -1).map(Number);
      expect(Buffer.from(numbers).toString()).toBe(ssid);
      const isPassphrase = /^[ -~]+$/.test(password);
      expect(file["wifi-security"]).toEqual({
        "key-mgmt": "wpa-psk",
        psk: isPassphrase ? password : wpaKey(ssid, password),
      });
    }),
    { numRuns: 60 },
  );
});

test("a key of 64 digits is taken as it is", () => {
  fc.assert(
    fc.property(keys, (password) => {
      const wifi = checkWifi({ ssid: "lab", password });
      expect(readKeyfile(iwdFile(wifi)).Security).toEqual({ PreSharedKey: password.toLowerCase() });
      expect(readKeyfile(networkManagerFile(wifi))["wifi-security"]?.psk).toBe(password.toLowerCase());
    }),
  );
});

test("an open network has no secret", () => {
  const wifi = checkWifi({ ssid: "Guests" });
  expect(iwdFileName(wifi)).toBe("Guests.open");
  expect(readKeyfile(iwdFile(wifi))).toEqual({ Settings: { AutoConnect: "true" } });
  expect(readKeyfile(networkManagerFile(wifi))["wifi-security"]).toBeUndefined();
});

test.each([
  ["IEEE", "password", "f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e"],
  ["ThisIsASSID", "ThisIsAPassword", "0dc0d6eb90555ed6419756b9a15ec3e3209b63df707dd508d14581f8982721af"],
])("the key of %s is that of the standard's annex", (ssid, password, key) => {
  expect(wpaKey(ssid, password)).toBe(key);
});

function problemsOf(value: unknown): string[] {
  try {
    checkWifi(value);
  } catch (error) {
    if (error instanceof ProblemsError) return error.problems.map(({ field, message }) => `${field ?? ""} ${message}`);
    throw error;
  }
  return [];
}

test.each([
  [{ ssid: "" }, "/ssid has 0 bytes"],
  [{ ssid: "ä".repeat(17) }, "/ssid has 34 bytes"],
  [{ ssid: "a\0b" }, "/ssid is not text"],
  [{ ssid: "\ud800" }, "/ssid is not text"],
  [{ ssid: ["lab"] }, "/ssid is missing"],
  [{ ssid: "lab", password: "short" }, "/password has 5 bytes"],
  [{ ssid: "lab", password: "x".repeat(64) }, "/password has 64 bytes"],
  [{ ssid: "lab", password: 12345678 }, "/password is not text"],
  [{ ssid: "lab", country: "Germany" }, "/country is two letters"],
  [{ ssid: "lab", hidden: "yes" }, "/hidden is true or false"],
  [{ ssid: "lab", passphrase: "12345678" }, "/passphrase unknown"],
  ["lab", " a Wi-Fi network is a map"],
  [null, " a Wi-Fi network is a map"],
])("%j is refused", (value, problem) => {
  expect(problemsOf(value)).toEqual([expect.stringContaining(problem)]);
});

test("all problems are told at once, and no password among them", () => {
  const password = "s3cret!";
  const problems = problemsOf({ ssid: "", password, country: "D" });
  expect(problems).toHaveLength(3);
  expect(problems.join("\n")).not.toContain(password);
});

test("anything else is refused in words, never with another error", () => {
  fc.assert(fc.property(fc.anything(), (value) => void problemsOf(value)));
});
