// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { readSetupFile } from "../../../src/appliance/setup/setup-file.ts";
import { formatProblem } from "../../../src/pipeline/problem.ts";
import { readToml } from "../../../src/pipeline/toml.ts";
import { KEY } from "./box.fixture.ts";

function read(text: string) {
  const { wishes, problems } = readSetupFile(readToml(text, "s"));
  const values = Object.fromEntries(Object.entries(wishes).map(([key, { value }]) => [key, value]));
  return { values: values as object, problems: problems.map(formatProblem) };
}

/** What is wrong, and what remains of it. */
const MISTAKES: [text: string, problems: string[], left?: object][] = [
  ['hostnme = "a"', ['s:1:1: "hostnme" is not known here; did you mean "hostname"?']],
  ['ssid = "a"', ['s:1:1: "ssid" is not known here; it stands under [wifi] or [access_point]']],
  ['token = "a"', ['s:1:1: "token" is not known here; it stands under [admin]']],
  ['[wifi]\nhostname = "a"', ['s:2:1: "hostname" is not known under [wifi]; write it above the first [heading]']],
  ['[wfi]\nssid = "a"', ['s:1:1: "wfi" is not known here; did you mean "wifi"?']],
  ['[ssh]\nkey = "x"', ['s:2:1: "key" is not known under [ssh]; did you mean "keys"?']],
  [
    'hostname = "my box"',
    ['s:1:12: hostname: "my box" is of letters a to z, digits and -, and neither begins nor ends with -'],
  ],
  ['hostname = "a.local"', ['s:1:12: hostname: "a.local" is without .local: "a"']],
  [
    'hostname = "a\\nb"',
    ['s:1:12: hostname: "a\\nb" is of letters a to z, digits and -, and neither begins nor ends with -'],
  ],
  ["hostname = 7", ['s:1:12: hostname must be text; put it in quotes: "7"']],
  [
    'timezone = "../../etc/passwd"',
    ['s:1:12: timezone: "../../etc/passwd" is not a time zone; write it as in Europe/Berlin or UTC'],
  ],
  [
    'timezone = "Berlin time"',
    ['s:1:12: timezone: "Berlin time" is not a time zone; write it as in Europe/Berlin or UTC'],
  ],
  [
    'pipeline = "a/b.yaml"',
    ['s:1:12: pipeline: "a/b.yaml" lies elsewhere; put it beside this file and write its name alone'],
  ],
  ['pipeline = "a b"', ['s:1:12: pipeline: "a b" is neither a pipeline\'s name nor a .yaml file beside this one']],
  ['pipeline = ".x.yaml"', ['s:1:12: pipeline: ".x.yaml" is not a file\'s name']],
  ['plugins = "a.zip"', ['s:1:11: plugins must be a list, not "a.zip"']],
  [
    'plugins = ["../a.zip", "b.zip", "http://x.org/c.zip", "https://u:p@x.org/d.zip", "https://x.org/e"]',
    [
      's:1:12: plugins[0]: "../a.zip" lies elsewhere; put it beside this file and write its name alone',
      's:1:33: plugins[2]: "http://x.org/c.zip" is fetched without protection; write https://',
      "s:1:55: plugins[3] holds a password, which has no place here; fetch what is there by yourself",
      's:1:82: plugins[4]: "https://x.org/e" does not lead to a .zip file',
    ],
    { plugins: [{ source: "b.zip", place: { file: "s", line: 1, column: 24, field: "/plugins/1" } }] },
  ],
  ['board = "PiEEG"', ['s:1:9: board: "PiEEG" is not a board\'s name; write one in lower case, as in pieeg-8']],
  ['wifi = "hunter22"', ["s:1:1: wifi is a heading; write [wifi], and below it ssid = ..."]],
  ['admin = "hunter22"', ["s:1:1: admin is a heading; write [admin], and below it token = ..."]],
  ['[wifi]\npassword = "hunter22"', ["s:1:1: ssid is missing: the network's name; without it no Wi-Fi is set up"]],
  ['[wifi]\nssid = "a"\npassword = 12345678', ["s:3:12: password must be text; put it in quotes"]],
  [
    '[wifi]\nssid = "a"\npassword = "short"',
    ['s:3:12: password has 5 characters; a Wi-Fi password has 8 to 63, and "" stands for an open network'],
  ],
  ['[wifi]\nssid = "a"\npassword = "hunter22\\n[x]"', ["s:3:12: password has a line end or a tab in it"]],
  [
    `[wifi]\nssid = "${"ü".repeat(17)}"`,
    ["s:2:8: ssid has 34 bytes or a line end; a network's name is one line of 1 to 32 bytes"],
  ],
  ['[wifi]\nssid = "a\\nb"', ["s:2:8: ssid has 3 bytes or a line end; a network's name is one line of 1 to 32 bytes"]],
  [
    '[wifi]\nssid = "a"\ncountry = "UK"',
    ['s:3:11: country: "UK" is not the code of a country; write "GB"'],
    { wifi: { ssid: "a" } },
  ],
  [
    '[wifi]\nssid = "a"\ncountry = "Germany"',
    ['s:3:11: country is a country\'s two letters, as in "DE" or "US"'],
    { wifi: { ssid: "a" } },
  ],
  ['[wifi]\nssid = "a"\nhidden = "yes"', ['s:3:10: hidden must be true or false, not "yes"'], { wifi: { ssid: "a" } }],
  [
    '[ssh]\nkeys = ["x"]',
    ['s:2:9: keys[0] is not a public key; copy the whole line of a .pub file: "ssh-ed25519 AAAA... name"'],
  ],
  [
    `[ssh]\nkeys = ["command=\\"sh\\" ${KEY}"]`,
    ['s:2:9: keys[0] is not a public key; copy the whole line of a .pub file: "ssh-ed25519 AAAA... name"'],
  ],
  [`[ssh]\nkeys = ["${KEY}\\n${KEY}"]`, ["s:2:9: keys[0] has several lines; write each key in quotes of its own"]],
  [
    '[ssh]\nkeys = ["-----BEGIN OPENSSH PRIVATE KEY-----"]',
    ["s:2:9: keys[0] is a private key, which stays with you; write the line of the .pub file"],
  ],
  [
    '[admin]\ntoken = "hunter22"',
    ["s:2:9: token must have 16 to 256 letters, digits and signs of . _ ~ + / = -, so that nobody guesses it"],
  ],
  ["[update]\nhealth_seconds = 5", ["s:2:18: health_seconds: 5 s is out of range; choose 10 to 3600 s"]],
  [
    '[update]\nchannel = "http://x.org"',
    ['s:2:11: channel: "http://x.org" is not a channel; write an address that begins with https://'],
  ],
  [
    '[update]\nchannel = "https://u:hunter22@x.org/"',
    ["s:2:11: channel holds a password, which has no place here; fetch what is there by yourself"],
  ],
  [
    '[access_point]\nssid = "Lab/1"\npassword = "hunter"\nenabled = true',
    [
      's:2:8: ssid: "Lab/1" is not a name for the box\'s own network; write up to 32 letters, digits, spaces, _ and -',
      "s:3:12: password must have 8 to 63 letters, digits and signs of plain ASCII",
    ],
    { access_point: { enabled: true } },
  ],
];

describe("mistakes", () => {
  test.each(MISTAKES)("%s", (text, problems, left = {}) => {
    expect<unknown>(read(text)).toEqual({ values: left, problems });
  });

  test("no message repeats what may be a secret", () => {
    for (const [text, problems] of MISTAKES)
      if (text.includes("hunter")) expect(problems.join()).not.toContain("hunter");
  });

  test("all of them leave alone what is right", () => {
    const sections = MISTAKES.map(([text]) => text).filter(
      (text) => text.startsWith("hostnme") || text.startsWith("[ssh]"),
    );
    const { values, problems } = read(`timezone = "UTC"\n${sections[0]}\n${sections[1]}\n[wifi]\nssid = "a"\n`);
    expect(problems).toHaveLength(2);
    expect(values).toEqual({ timezone: "UTC", wifi: { ssid: "a" } });
  });
});

test("headings with nothing below them ask for nothing", () => {
  expect(read("[wifi]\n[ssh]\n[admin]\n[update]\n[access_point]\n")).toEqual({ values: {}, problems: [] });
});

test("the template asks for nothing until something is uncommented, and then it is right", async () => {
  const template = await Bun.file("image/layers/first-boot/firmware/stagebox.toml").text();
  expect(read(template)).toEqual({ values: {}, problems: [] });
  expect(template.replaceAll("\r\n", "")).not.toContain("\n");
  const filled = template
    .replaceAll(/^#(\w+ = )/gm, "$1")
    .replace("ssh-ed25519 AAAA... me@laptop", KEY)
    .replace('token = ""', 'token = "0123456789abcdef"');
  const { values, problems } = read(filled);
  expect(problems).toEqual([]);
  expect(Object.keys(values).sort()).toEqual(
    ["hostname", "timezone", "pipeline", "plugins", "board", "wifi", "ssh", "admin", "update", "access_point"].sort(),
  );
});

test("whatever stands under its keys, reading it throws nothing", () => {
  const keys = [
    "hostname",
    "timezone",
    "pipeline",
    "plugins",
    "board",
    "wifi",
    "ssh",
    "admin",
    "update",
    "access_point",
  ];
  const inner = ["ssid", "password", "country", "hidden", "keys", "token", "channel", "health_seconds", "enabled"];
  const leaf = fc.oneof(fc.string({ unit: "grapheme" }), fc.integer(), fc.boolean(), fc.constant(KEY));
  const value = fc.oneof(leaf, fc.array(leaf, { maxLength: 3 }), fc.dictionary(fc.constantFrom(...inner), leaf));
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...keys), value), (given) => {
      const place = (path: readonly (string | number)[]) => ({ file: "s", line: 1, field: path.join("/") });
      const { wishes, problems } = readSetupFile({ value: given, place });
      for (const problem of problems) expect(problem.message).toBeString();
      expect(Object.keys(wishes).every((key) => key in given)).toBe(true);
    }),
    { numRuns: 1000 },
  );
});
