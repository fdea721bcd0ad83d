// SPDX-License-Identifier: Apache-2.0
//
// golden/rpi-preseed.toml is the form that Raspberry Pi Imager 2 writes (generateRpiPreseedToml in its
// customization_generator.cpp), with every section that it can have.
import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { readPreseed } from "../../../src/appliance/setup/preseed.ts";
import { setUp } from "../../../src/appliance/setup/setup.ts";
import { formatProblem } from "../../../src/pipeline/problem.ts";
import { readToml } from "../../../src/pipeline/toml.ts";
import { problemsOf } from "../../pipeline/refused.fixture.ts";
import { KEY, testBoxes } from "./box.fixture.ts";

const newBox = testBoxes();
const golden = (name: string) => readFileSync(join(import.meta.dir, "golden", name), "utf8");

describe("what Imager leaves", () => {
  test("is applied, and loses its secrets", async () => {
    const box = newBox();
    box.write("rpi-preseed.toml", golden("rpi-preseed.toml"));
    await setUp(box);
    expect(box.read("boot/firmware/rpi-preseed.toml")).toBe(golden("rpi-preseed.after.toml"));
    expect(box.read("boot/firmware/stagebox-status.txt").replaceAll("\r\n", "\n")).toBe(
      golden("rpi-preseed.status.txt"),
    );
    expect(box.read("data/system/hostname")).toBe("lab-pi\n");
    expect(box.read("data/system/login")).toMatch(/^ada\n\$y\$j9T\$\S+\n$/);
    expect(box.read("data/system/ssh/authorized_keys")).toEndWith(`\n${KEY}\n`);
    expect(box.read("data/system/ssh/password.conf")).toBe("PasswordAuthentication yes\n");
    const [network = ""] = readdirSync(join(box.places.system, "iwd"));
    const iwd = box.read(`data/system/iwd/${network}`);
    expect(iwd).toContain("PreSharedKey=3d1f0c9a8b7e6d5c4b3a29180706f5e4d3c2b1a0918273645546372819a0b1c2");
    expect(iwd).toContain("Hidden=true");
    expect(await setUp(box)).toBeUndefined();
  });

  test("the older custom.toml is, too", async () => {
    const box = newBox();
    box.write(
      "custom.toml",
      `config_version = 1\n[system]\nhostname = "old"\n[ssh]\nenabled = true\nauthorized_keys = ["${KEY}"]\n[wlan]\nssid = "a"\npassword = "correct horse"\npassword_encrypted = false\ncountry = "de"\n`,
    );
    expect((await setUp(box))?.problems).toEqual([]);
    expect(box.read("data/system/hostname")).toBe("old\n");
    expect(box.read("data/system/iwd/a.psk")).toContain("Passphrase=correct horse");
    expect(box.read("boot/firmware/custom.toml")).not.toContain("correct horse");
  });

  test("stagebox.toml counts more, and what it overrules loses its secrets as well", async () => {
    const box = newBox();
    box.write("rpi-preseed.toml", golden("rpi-preseed.toml"));
    box.write("stagebox.toml", '[wifi]\nssid = "other"\npassword = "correct horse"\n');
    await setUp(box);
    expect(readdirSync(join(box.places.system, "iwd"))).toEqual(["other.psk"]);
    expect(box.read("data/system/hostname")).toBe("lab-pi\n");
    expect(box.read("boot/firmware/rpi-preseed.toml")).toBe(golden("rpi-preseed.after.toml"));
  });

  test("ssh that is not enabled lets nobody in", async () => {
    const box = newBox();
    box.write("rpi-preseed.toml", `config_version = "1.0"\n[ssh]\nenabled = false\nauthorized_keys = ["${KEY}"]\n`);
    await setUp(box);
    expect(existsSync(join(box.places.system, "ssh"))).toBe(false);
  });
});

describe("mistakes", () => {
  test.each([
    [
      'config_version = "2.0"\n[system]\nhostname = "a"',
      ["a:1:1: config_version is not 1, the one that is known here; set the box up by stagebox.toml"],
    ],
    [
      '[wlan]\nssid = "a"',
      ["a:1:1: config_version is not 1, the one that is known here; set the box up by stagebox.toml"],
    ],
    [
      'config_version = 1\n[user]\nname = "root"',
      ["a:3:8: name is not one for an account here; write lower-case letters, digits, _ and -"],
    ],
    [
      'config_version = 1\n[user]\nname = "a\\nb"',
      ["a:3:8: name is not one for an account here; write lower-case letters, digits, _ and -"],
    ],
    [
      'config_version = 1\n[user]\npassword = "hunter2"',
      ["a:3:12: password is not a hash of a password; set it with Raspberry Pi Imager, or log in with a key"],
    ],
    [
      'config_version = 1\n[wlan]\nssid_hex = "ff"',
      ["a:3:12: ssid_hex is not the name of a network in UTF-8; rename the network, or use a cable"],
    ],
    [
      'config_version = 1\n[wlan]\nssid = "a"\npassword = "x"',
      ['a:4:12: password has 1 characters; a Wi-Fi password has 8 to 63, and "" stands for an open network'],
    ],
    ['config_version = 1\n[system]\nhostname = "a:b\\n"', [expect.stringContaining("a:3:12: hostname")]],
  ])("%j", (text, problems) => {
    expect(readPreseed(readToml(text, "a")).problems.map(formatProblem)).toEqual(problems as string[]);
  });

  test("a name of a network in hexadecimal", () => {
    const { wishes } = readPreseed(readToml('config_version = 1\n[wlan]\nssid_hex = "42c3bc"\n', "a"));
    expect(wishes.wifi?.value).toEqual({ ssid: "Bü", password: "" });
  });
});

test("whatever stands in it, reading it throws nothing", () => {
  const headings = ["system", "user", "ssh", "wlan", "locale", "connect", "__proto__"];
  const keys = [
    "hostname",
    "name",
    "password",
    "enabled",
    "authorized_keys",
    "ssid",
    "ssid_hex",
    "timezone",
    "country",
  ];
  const leaf = fc.oneof(fc.string({ unit: "grapheme" }), fc.integer(), fc.boolean(), fc.constant(null));
  const value = fc.oneof(leaf, fc.array(leaf, { maxLength: 3 }), fc.dictionary(fc.constantFrom(...keys), leaf));
  const place = (path: readonly (string | number)[]) => ({ file: "a", line: 1, field: path.join("/") });
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...headings), value), (given) => {
      const document = { value: { ...given, config_version: "1.0" }, place, pair: () => undefined };
      expect(problemsOf(() => readPreseed(document))).toEqual([]);
    }),
    { numRuns: 1000 },
  );
});
