// SPDX-License-Identifier: Apache-2.0
//
// The shell programs that show the status, on a box made of plain files.
import { afterEach, beforeEach, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type StatusFacts, statusOf } from "../../../src/appliance/status/status.ts";
import { statusText } from "../../../src/appliance/status/status-text.ts";

const programs = join(import.meta.dir, "../../../image/layers/status/files/usr/lib/stagebox");

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "stagebox-screen-"));
  put("sys/class/tty/console/active", "ttyAMA10 ttyS1 tty1\n");
  for (const device of ["tty1", "ttyS1", "ttyAMA10"]) put(`dev/${device}`, "");
  makeLed("ACT", "[none] mmc0 timer heartbeat pattern");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function makeLed(name: string, triggers: string): void {
  put(`sys/class/leds/${name}/trigger`, triggers);
  put(`sys/class/leds/${name}/max_brightness`, "255\n");
}

const has = (path: string) => readFileSync(join(root, path), "utf8");
const led = (file: string, name = "ACT") => has(`sys/class/leds/${name}/${file}`).trim();

/** `systemd`: what systemctl says of the service. */
function run(program: string, argument: string, systemd = ""): void {
  const bin = join(root, "bin");
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, "systemctl"), `#!/bin/sh\ncat <<'END'\n${systemd}\nEND\n`);
  chmodSync(join(bin, "systemctl"), 0o755);
  const { success, stderr } = Bun.spawnSync(["dash", join(programs, program), argument], {
    env: { PATH: `${bin}:${process.env.PATH}`, STAGEBOX_ROOT: root },
  });
  expect([success, stderr.toString()]).toEqual([true, ""]);
}

const show = (systemd?: string) => run("show-status", "once", systemd);

const FACTS: StatusFacts = {
  ...{ flow: "moving", safe_mode: false, pipeline: "alpha", rate_hz: 250, channels: 8, port: 8080 },
  ...{ hostname: "stagebox", addresses: ["192.0.2.7"], sign_in_code: "7KQ2-M9XD", notes: [] },
};
const says = (change: Partial<StatusFacts> = {}) =>
  put("run/stagebox/status.txt", statusText(statusOf({ ...FACTS, ...change }, new Date())));

/** What a screen shows of it: without the codes that paint. */
function screen(): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken away
  return has("dev/tty1").replace(/\u001b\[[?0-9;]*[A-Za-z]|\r/g, "");
}

test("the screen shows where the box is, the code and what runs; a serial line the same in one", () => {
  says();
  show();
  for (const words of ["STAGEBOX  running", "http://192.0.2.7:8080", "7KQ2-M9XD", "alpha, 8 channels at 250 Hz"])
    expect(screen()).toContain(words);
  const line =
    "stagebox: running: alpha, 8 channels at 250 Hz; http://stagebox.local:8080 http://192.0.2.7:8080; sign-in code 7KQ2-M9XD\r\n";
  expect([has("dev/ttyS1"), has("dev/ttyAMA10")]).toEqual([line, line]);
  expect([led("trigger"), led("delay_on"), led("delay_off")]).toEqual(["timer", "60", "1940"]);
});

test("the screen is painted over, not scrolled", () => {
  says();
  show();
  const painted = has("dev/tty1");
  expect(painted).toStartWith("\u001b[?25l\u001b[H");
  expect(painted).toEndWith("\u001b[J");
  for (const line of painted.split("\r\n").slice(0, -1)) expect(line).toEndWith("\u001b[K");
});

test("however much there is to say, it does not scroll", () => {
  says({ notes: Array.from({ length: 9 }, (_, index) => `note ${index} ${"word ".repeat(80)}`) });
  for (let file = 0; file < 9; file++) put(`run/stagebox-system/screen.d/${file}.txt`, "a\nb\nc\nd\n");
  show();
  expect(screen().split("\n").length).toBeLessThanOrEqual(25);
  expect(screen()).toContain("...");
});

test("before the service says anything it is starting, and the light is on", () => {
  show("ActiveState=inactive\nSubState=dead\nResult=success\nInactiveEnterTimestampMonotonic=0");
  expect(screen()).toContain("STAGEBOX  starting");
  expect([led("trigger"), led("brightness")]).toEqual(["none", "255"]);
});

test.each([
  [
    "ActiveState=activating\nSubState=auto-restart\nResult=exit-code",
    /fault: the service does not come up \(exit-code\)/,
  ],
  ["ActiveState=failed\nSubState=failed\nResult=watchdog", /\(watchdog\); sudo stagebox doctor/],
  ["ActiveState=inactive\nSubState=dead\nInactiveEnterTimestampMonotonic=123", /the service was stopped/],
  ["ActiveState=activating\nSubState=start-pre\nResult=success", /starting/],
  ["", /starting/],
  ["ActiveState=$(touch hacked)", /starting/],
])("without the service's own words systemd is asked: %j", (systemd, words) => {
  show(systemd);
  expect(screen()).toMatch(words);
  expect(has("dev/ttyS1")).toMatch(words);
  expect(existsSync("hacked")).toBe(false);
});

test("what root has to say stands below, and an update has the light", () => {
  says();
  put("run/stagebox-system/screen.d/access-point.txt", "Wi-Fi Stagebox-1A2B\nsecond\nthird\nfourth\n");
  show();
  expect(screen()).toMatch(/ {2}Wi-Fi Stagebox-1A2B\n {2}second\n {2}third\n/);
  expect(screen()).not.toContain("fourth");
  expect(has("dev/ttyS1")).toEndWith("; Wi-Fi Stagebox-1A2B\r\n");
  put("run/stagebox-system/screen.d/update.txt", "Update 0.2.0: 40 %");
  show();
  expect([led("delay_on"), led("delay_off")]).toEqual(["500", "500"]);
});

test("nothing that was put into the file moves the cursor", () => {
  put("run/stagebox/status.txt", "running: \u001b[2J\n\u001b]0;evil\u0007\nplain\n");
  show();
  expect(has("dev/ttyS1")).toBe("stagebox: fault: a line that no screen may show\r\n");
  expect(screen()).toContain("plain");
  expect(has("dev/tty1")).not.toContain("\u001b[2J");
  expect(has("dev/tty1")).not.toContain("\u001b]0");
});

test.each(["mkfifo status.txt", "ln -s ../../secret status.txt"])("%s: neither shown nor waited for", (make) => {
  put("secret", "a password\n");
  put("run/stagebox/status.json", "{}");
  expect(Bun.spawnSync(make.split(" "), { cwd: join(root, "run/stagebox") }).success).toBe(true);
  show();
  expect(screen()).toContain("STAGEBOX  starting");
});

test("a box without screen, serial line or light gets by", () => {
  for (const path of ["dev", "sys"]) rmSync(join(root, path), { recursive: true });
  says();
  show();
});

test("it follows what changes, and says nothing twice", async () => {
  says();
  const shown = Bun.spawn(["dash", join(programs, "show-status")], { env: { ...process.env, STAGEBOX_ROOT: root } });
  await until(() => has("dev/ttyS1").includes("alpha"));
  rmSync(join(root, "dev/ttyS1"));
  await Bun.sleep(1500);
  expect(existsSync(join(root, "dev/ttyS1"))).toBe(false);
  says({ pipeline: "beta" });
  await until(() => existsSync(join(root, "dev/ttyS1")) && has("dev/ttyS1").includes("beta"));
  shown.kill();
  await shown.exited;
}, 20_000);

test.each([
  ["running", { trigger: "timer", delay_on: "60", delay_off: "1940" }],
  ["waiting", { trigger: "pattern", pattern: "255 80 255 0 0 160 0 0 255 80 255 0 0 1680 0 0" }],
  ["fault", { trigger: "timer", delay_on: "100", delay_off: "100" }],
  ["update", { trigger: "timer", delay_on: "500", delay_off: "500" }],
  ["safe-mode", { trigger: "timer", delay_on: "900", delay_off: "100" }],
  ["starting", { trigger: "none", brightness: "255" }],
])("the light when it is %s", (state, files) => {
  run("show-led", state);
  expect(Object.fromEntries(Object.keys(files).map((file) => [file, led(file)]))).toEqual(files);
});

test("the light of an older kernel, and one that cannot blink", () => {
  rmSync(join(root, "sys/class/leds/ACT"), { recursive: true });
  makeLed("led0", "none [timer] heartbeat");
  run("show-led", "waiting");
  expect(led("trigger", "led0")).toBe("heartbeat");
  makeLed("led0", "[none] mmc0");
  run("show-led", "fault");
  expect([led("trigger", "led0"), led("brightness", "led0")]).toEqual(["none", "255"]);
});

async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 10_000; !holds(); await Bun.sleep(20))
    if (Date.now() > end) throw new Error("it never came to that");
}
