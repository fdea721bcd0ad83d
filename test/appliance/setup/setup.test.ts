// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { readSettings } from "../../../src/appliance/settings.ts";
import { type Report, reportLines } from "../../../src/appliance/setup/report.ts";
import { setUp } from "../../../src/appliance/setup/setup.ts";
import { formatProblem } from "../../../src/pipeline/problem.ts";
import { KEY, type TestBox, testBoxes } from "./box.fixture.ts";

const newBox = testBoxes();

const WHOLE = `# The lab's box
hostname = "Lab-1"
timezone = "Europe/Berlin"
pipeline = "alpha"
plugins = ["gain.zip", "https://example.org/more.zip"]
board = "pieeg-8"

[wifi]
ssid = "Büro"
password = "correct horse" # on the door
country = "de"

[ssh]
keys = ["${KEY}"]

[admin]
token = "a-token-of-my-own-choice"

[update]
channel = "https://example.org/beta?key=a-token-of-my-own-choice"
health_seconds = 120

[access_point]
ssid = "Lab 1"
password = "battery staple"
`;

const SECRETS = ["correct horse", "a-token-of-my-own-choice", "battery staple"];

const problemsOf = async (box: TestBox) => (await setUp(box))?.problems.map(formatProblem);
const card = ({ places }: TestBox) => readFileSync(places.setup_file, "utf8");

describe("a whole file", () => {
  test("is applied, each setting in its place", async () => {
    const box = newBox();
    box.write("stagebox.toml", WHOLE);
    box.write("gain.zip", "zip");
    const report = await setUp(box);
    expect(report?.problems).toEqual([]);
    expect(report?.pending).toEqual(["the plugin from https://example.org/more.zip, once there is a network"]);
    expect(box.read("data/system/hostname")).toBe("lab-1\n");
    expect(readlinkSync(join(box.places.system, "localtime"))).toBe("/usr/share/zoneinfo/Europe/Berlin");
    const restore = join(box.places.root, "usr/lib/stagebox/restore");
    expect(box.commands).toEqual([
      restore,
      "systemctl --no-block start ssh.socket",
      "systemctl --no-block reboot", // for the board
    ]);
    const [network = ""] = readdirSync(join(box.places.system, "iwd"));
    expect(box.read(`data/system/iwd/${network}`)).toContain("Passphrase=correct horse");
    expect(box.read("data/system/ssh/authorized_keys")).toEndWith(`\n${KEY}\n`);
    expect(readSettings(box.places)).toEqual({
      board: "pieeg-8",
      update: { channel: "https://example.org/beta?key=a-token-of-my-own-choice", health_seconds: 120 },
    });
    expect(box.read("boot/firmware/config.txt")).toContain("# stagebox board: pieeg-8");
    expect(JSON.parse(box.read("data/system/access-point.json"))).toEqual({
      ssid: "Lab 1",
      password: "battery staple",
    });
    expect(box.orders).toEqual([
      {
        token: "a-token-of-my-own-choice",
        plugins: [join(box.places.handover, "gain.zip")],
        pipeline: { name: "alpha" },
      },
    ]);
  });

  test("loses its secrets and nothing else", async () => {
    const box = newBox();
    box.write("stagebox.toml", WHOLE);
    await setUp(box);
    const lines = card(box).split("\n");
    expect(lines).toHaveLength(WHOLE.split("\n").length);
    const changed = WHOLE.split("\n").flatMap((line, index) => (line === lines[index] ? [] : [lines[index]]));
    expect(changed).toHaveLength(3);
    for (const line of changed) expect(line).toMatch(/^# (password|token): the box has taken it over/);
    expect(changed[0]).toEndWith("# on the door");
  });

  test("keeps them while memory stands in for the data partition, which has them at a later start", async () => {
    const box = newBox();
    box.write("stagebox.toml", WHOLE);
    mkdirSync(box.places.notes, { recursive: true });
    writeFileSync(join(box.places.notes, "data"), "The data partition cannot be used\n");
    expect((await setUp(box))?.taken).toEqual([]);
    expect(card(box)).toBe(WHOLE);
    rmSync(join(box.places.root, "data"), { recursive: true });
    rmSync(box.places.notes, { recursive: true });
    await setUp(box);
    const [network = ""] = readdirSync(join(box.places.system, "iwd"));
    expect(box.read(`data/system/iwd/${network}`)).toContain("Passphrase=correct horse");
    for (const secret of SECRETS) expect(card(box).replace(/^channel.*/m, "")).not.toContain(secret);
  });

  test("none of its secrets is in a report, and what holds them is root's", async () => {
    const box = newBox();
    box.write("stagebox.toml", WHOLE);
    await setUp(box);
    const { setup_status, setup, system } = box.places;
    const reports = [setup_status, join(setup, "report.json"), join(setup, "applied")];
    for (const path of reports) for (const secret of SECRETS) expect(readFileSync(path, "utf8")).not.toContain(secret);
    expect(statSync(setup).mode & 0o777).toBe(0o700);
    expect(statSync(join(setup, "wifi.json")).mode & 0o777).toBe(0o600);
    expect(statSync(join(system, "access-point.json")).mode & 0o777).toBe(0o600);
  });

  test("is applied once", async () => {
    const box = newBox();
    box.write("stagebox.toml", WHOLE);
    await setUp(box);
    const before = card(box);
    expect(await setUp(box)).toBeUndefined();
    expect(box.orders).toHaveLength(1);
    expect(card(box)).toBe(before);
    box.write("stagebox.toml", `${before}# a word more\n`);
    await setUp(box);
    expect(box.commands.filter((command) => command.endsWith("reboot"))).toHaveLength(1);
  });
});

describe("a file that changed since", () => {
  test("keeps the Wi-Fi's password, which is not on the card any more", async () => {
    const box = newBox();
    box.write("stagebox.toml", WHOLE);
    await setUp(box);
    box.write("stagebox.toml", card(box).replace('country = "de"', 'country = "at"\nhidden = true'));
    await setUp(box);
    const [network = ""] = readdirSync(join(box.places.system, "iwd"));
    expect(box.read(`data/system/iwd/${network}`)).toContain("Passphrase=correct horse");
    expect(box.read(`data/system/iwd/${network}`)).toContain("Hidden=true");
    expect(JSON.parse(box.read("data/system/access-point.json")).password).toBe("battery staple");
    expect(box.orders.at(-1)).not.toHaveProperty("token");
  });

  test("does not give the password to another network", async () => {
    const box = newBox();
    box.write("stagebox.toml", WHOLE);
    await setUp(box);
    box.write("stagebox.toml", card(box).replace("Büro", "Free"));
    expect(await problemsOf(box)).toContain(
      'stagebox.toml:8:1: password of "Free" is missing; write it, or password = "" if the network has none',
    );
    expect(readdirSync(join(box.places.system, "iwd"))).toHaveLength(1);
  });

  test("an empty password opens the network", async () => {
    const box = newBox();
    box.write("stagebox.toml", '[wifi]\nssid = "Home"\npassword = "correct horse"\n');
    await setUp(box);
    box.write("stagebox.toml", '[wifi]\nssid = "Home"\npassword = ""\n');
    await setUp(box);
    expect(readdirSync(join(box.places.system, "iwd"))).toEqual(["Home.open"]);
    box.write("stagebox.toml", '[wifi]\nssid = "Home"\ncountry = "de"\n');
    expect(await problemsOf(box)).toEqual([]);
  });

  test("a file that was taken away asks for nothing", async () => {
    const box = newBox();
    box.write("rpi-preseed.toml", 'config_version = "1.0"\n[system]\nhostname = "a"\n');
    box.write("stagebox.toml", 'pipeline = "alpha"\n');
    await setUp(box);
    const { unlinkSync } = await import("node:fs");
    unlinkSync(box.places.preseed_file);
    expect(await setUp(box)).toBeUndefined();
    expect(box.orders).toHaveLength(1);
  });
});

describe("mistakes", () => {
  test("move no cursor where they are told, nor do the words of the service's user", async () => {
    const answer = { part: "pipeline" as const, problems: [{ message: "no\u001b]0;such\u0007 stage" }] };
    const box = newBox(() => [answer]);
    box.write("stagebox.toml", 'pipeline = "alpha"\n"\\u009b2J" = 1\n');
    box.write("rpi-preseed.toml", 'config_version = "1"\n"\\u001b[2J" = 1\n');
    const lines = reportLines((await setUp(box)) as Report);
    for (const words of ["no?]0;such? stage", '"?2J" is not known', "line 2: ?[2J has no effect"])
      expect(lines.join("\n")).toContain(words);
    expect(lines.filter((line) => /\p{Cc}/u.test(line))).toEqual([]);
  });

  test("cost their own key, and all are told at once", async () => {
    const box = newBox();
    box.write(
      "stagebox.toml",
      'hostnme = "a"\nhostname = "lab"\ntimezone = "Europe/Berln"\nboard = "pieg-8"\n[wifi]\nssid = "x"\npassword = "short"\n[ssh]\nkeys = ["nonsense", "' +
        KEY +
        '"]\n',
    );
    expect(await problemsOf(box)).toEqual([
      'stagebox.toml:1:1: "hostnme" is not known here; did you mean "hostname"?',
      'stagebox.toml:3:1: timezone: "Europe/Berln" is not a time zone; did you mean "Europe/Berlin"?',
      'stagebox.toml:4:1: board: "pieg-8" is not known; did you mean "pieeg-8"?',
      'stagebox.toml:7:12: password has 5 characters; a Wi-Fi password has 8 to 63, and "" stands for an open network',
      'stagebox.toml:9:9: keys[0] is not a public key; copy the whole line of a .pub file: "ssh-ed25519 AAAA... name"',
    ]);
    expect(box.read("data/system/hostname")).toBe("lab\n");
    expect(box.read("data/system/ssh/authorized_keys")).toEndWith(`\n${KEY}\n`);
    expect(existsSync(join(box.places.system, "iwd"))).toBe(false);
    expect(card(box)).toContain("short");
  });

  test("what is no TOML is reported with its line, and nothing of it is applied", async () => {
    const box = newBox();
    box.write("stagebox.toml", 'hostname = "lab"\npipeline = alpha\n');
    const [problem = ""] = (await problemsOf(box)) ?? [];
    expect(problem).toStartWith("stagebox.toml:2:12: not TOML");
    expect(existsSync(join(box.places.system, "hostname"))).toBe(false);
    expect(await setUp(box)).toBeUndefined();
  });

  test.each([
    ["../../data/secret.yaml", /beside this file/],
    ["..\\secret.yaml", /beside this file/],
    [".hidden.yaml", /not a file's name/],
    ["gone.yaml", /not beside this file/],
    ["link.yaml", /leads out of the folder/],
    ["folder.yaml", /is not a file/],
  ])("a pipeline at %s", async (name, words) => {
    const box = newBox();
    mkdirSync(join(box.places.firmware, "folder.yaml"));
    symlinkSync("/etc/passwd", join(box.places.firmware, "link.yaml"));
    box.write("stagebox.toml", `pipeline = ${JSON.stringify(name)}\n`);
    const problems = (await problemsOf(box)) ?? [];
    expect(problems.join()).toMatch(words);
    expect(box.orders).toEqual([]);
  });

  test("the service's user refuses a part: the rest stands, with its own lines", async () => {
    const box = newBox(({ plugins }) => [
      { part: "token", problems: [{ message: "no" }] },
      ...plugins.map((_, index) => ({
        part: "plugin" as const,
        index,
        ...(index === 1 ? { problems: [{ message: "broken" }] } : { done: "fine", problems: [] }),
      })),
    ]);
    for (const name of ["a.zip", "b.zip"]) box.write(name, "zip");
    box.write("stagebox.toml", 'plugins = [\n"a.zip",\n"b.zip",\n]\n[admin]\ntoken = "0123456789abcdef"\n');
    const report = await setUp(box);
    expect(report?.done).toEqual(["fine"]);
    expect(report?.problems.map(formatProblem)).toEqual(["stagebox.toml:3:1: broken", "stagebox.toml:5:1: no"]);
    expect(card(box)).toContain("0123456789abcdef");
  });

  test("a failure of the box itself is tried again at the next start", async () => {
    const box = newBox();
    let isBroken = true;
    const { obey } = box.service;
    box.service.obey = async (order) => {
      if (isBroken) throw new Error("no space left on device");
      return obey(order);
    };
    box.write("stagebox.toml", 'hostname = "lab"\npipeline = "alpha"\n');
    expect((await problemsOf(box))?.join()).toContain("no space left on device");
    isBroken = false;
    expect((await setUp(box))?.problems).toEqual([]);
    expect(await setUp(box)).toBeUndefined();
  });
});

test("what never comes to its end is not begun for ever", async () => {
  const box = newBox();
  let orders = 0;
  box.service.obey = async () => {
    orders++;
    throw new Error("it hangs");
  };
  box.write("stagebox.toml", 'hostname = "lab"\npipeline = "alpha"\n');
  for (let start = 1; start <= 5; start++) await setUp(box);
  expect(orders).toBe(3);
  expect(box.read("boot/firmware/stagebox-status.txt")).toContain("was begun at 3 starts and never came to its end");
  box.write("stagebox.toml", 'pipeline = "alpha"\n');
  await setUp(box);
  expect(orders).toBe(4);
});

test("the status file is for Notepad, and says what is wrong where", async () => {
  const box = newBox();
  box.write("stagebox.toml", 'hostname = "lab"\n[wifi]\nsid = "x"\n');
  await setUp(box);
  const status = box.read("boot/firmware/stagebox-status.txt");
  expect(status.replaceAll("\r\n", "")).not.toContain("\n");
  expect(status).toContain("one thing is wrong");
  expect(status).toContain('stagebox.toml, line 3: "sid" is not known under [wifi]; did you mean "ssid"?');
  expect(status).toContain("by a clock that nobody had set yet");
});
