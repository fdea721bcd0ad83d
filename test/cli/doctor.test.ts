// SPDX-License-Identifier: Apache-2.0
import { expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { placesBelow } from "../../src/appliance/places.ts";
import { power, temperature, time } from "../../src/cli/doctor/board.ts";
import { crashes } from "../../src/cli/doctor/crashes.ts";
import type { Finding, ReadText } from "../../src/cli/doctor/finding.ts";
import { port } from "../../src/cli/doctor/port.ts";
import { clock, cores, governor, pageBytes, pages, simd } from "../../src/cli/doctor/processor.ts";
import { memory, scheduling } from "../../src/cli/doctor/scheduling.ts";
import { storage } from "../../src/cli/doctor/storage.ts";
import { stagebox, testFolder } from "./stagebox.ts";

setDefaultTimeout(60_000);

const folder = testFolder();
const files =
  (contents: Record<string, string>): ReadText =>
  (path) =>
    contents[path];

test("a governor that saves power is a note with the command that changes it", () => {
  const path = (core: number) => `/sys/devices/system/cpu/cpu${core}/cpufreq/scaling_governor`;
  expect(governor(2, files({}))).toMatchObject({ level: "ok" });
  expect(governor(2, files({ [path(0)]: "performance", [path(1)]: "performance" }))).toMatchObject({ level: "ok" });
  expect(governor(2, files({ [path(0)]: "performance", [path(1)]: "ondemand" }))).toMatchObject({
    level: "note",
    message: expect.stringContaining("performance, ondemand"),
    remedy: "echo performance | sudo tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor",
  });
});

test("a slow clock is a note that names a better one", () => {
  const at = "/sys/devices/system/clocksource/clocksource0";
  expect(clock(files({ [`${at}/current_clocksource`]: "arch_sys_counter" })).level).toBe("ok");
  const slow = { [`${at}/current_clocksource`]: "hpet", [`${at}/available_clocksource`]: "hpet tsc acpi_pm" };
  expect(clock(files(slow))).toMatchObject({ level: "note", remedy: expect.stringContaining("echo tsc") });
});

test("cores, pages, SIMD and swap", () => {
  expect(cores(1, files({})).level).toBe("note");
  expect(cores(4, files({ "/sys/devices/system/cpu/isolated": "2-3" })).message).toContain("2-3 are kept free");
  expect([pages(4096).level, pages(16384).level]).toEqual(["ok", "note"]);
  expect([simd("neon").level, simd("sse4.2").level]).toEqual(["ok", "note"]);
  const header = "Filename\tType\tSize\tUsed\tPriority";
  expect(memory(files({ "/proc/swaps": header })).level).toBe("ok");
  expect(memory(files({ "/proc/swaps": `${header}\n/dev/zram0 partition 1 0 -2` }))).toMatchObject({
    level: "note",
    message: expect.stringContaining("/dev/zram0"),
  });
});

test("a board that was throttled says when and why", () => {
  const told = (flags: string) => power(files({ "/sys/devices/platform/soc/soc:firmware/get_throttled": flags }));
  expect(power(files({}))).toEqual([]);
  expect(told("0")).toMatchObject([{ level: "ok" }]);
  expect(told("50005")).toMatchObject([
    {
      level: "note",
      message: "its voltage is too low, it is throttled",
      remedy: expect.stringContaining("power supply"),
    },
  ]);
  expect(told("80000")).toMatchObject([
    {
      message: "since it started: it has reached its soft limit of temperature",
      remedy: expect.stringContaining("air"),
    },
  ]);
  expect(told("20001")[0]?.message).toBe("its voltage is too low; since it started: its frequency is capped");
});

test("heat, and a clock that was not set, are notes", () => {
  const at = (text: string) => temperature(files({ "/sys/class/thermal/thermal_zone0/temp": text }));
  expect([temperature(files({})), at("junk")]).toEqual([[], []]);
  expect([at("45123")[0]?.message, at("79999")[0]?.level, at("80000")[0]?.level]).toEqual(["45 °C", "ok", "note"]);
  const paths =
    (...there: string[]) =>
    (path: string) =>
      there.includes(path);
  const timesync = "/run/systemd/timesync";
  expect(time(paths())).toEqual([]);
  expect(time(paths("/sys/class/rtc/rtc0", timesync))).toEqual([]);
  expect(time(paths(timesync, `${timesync}/synchronized`))).toMatchObject([{ level: "ok" }]);
  expect(time(paths(timesync))).toMatchObject([{ level: "note" }]);
});

test("the last crash that the box kept is told, and where it is read", () => {
  const { root, crash } = placesBelow(folder.path("box"));
  const log = join(import.meta.dir, "../../image/layers/storage/files/usr/lib/stagebox/crash-log");
  const keep = (what: string, env = {}) =>
    Bun.spawnSync([log, what], { env: { PATH: process.env.PATH, STAGEBOX_ROOT: root, ...env } });
  expect(crashes(crash)).toEqual([]);
  keep("service");
  expect(crashes(crash)).toMatchObject([{ level: "ok" }]);
  writeFileSync(
    join(crash, "20250102T030405Z-kernel-dmesg-ramoops-0.log"),
    "Panic#1 Part1\n<0>[ 12.3] Kernel panic - not syncing: \x1b[2J\n",
  );
  expect(crashes(crash)[0]?.message).toBe("the last of 1, at 2025-01-02 03:04 UTC: Kernel panic - not syncing: ?[2J");
  keep("service", { SERVICE_RESULT: "core-dump", EXIT_CODE: "dumped", EXIT_STATUS: "SEGV" });
  expect(crashes(crash)).toMatchObject([
    {
      level: "note",
      message: expect.stringMatching(
        /^the last of 2, at 20\d\d-\d\d-\d\d \d\d:\d\d UTC: stagebox.service: core-dump, dumped SEGV, up /,
      ),
      remedy: expect.stringMatching(new RegExp(`^sudo less ${crash}/20\\d{6}T\\d{6}Z-service.log;`)),
    },
  ]);
});

test("who may not see the crashes is told who may", () => {
  const { crash, system } = placesBelow(folder.path("locked-box"));
  mkdirSync(crash, { recursive: true });
  const isRoot = process.getuid?.() === 0;
  chmodSync(system, isRoot ? 0o700 : 0);
  chmodSync(folder.path("."), 0o755);
  if (isRoot) process.seteuid?.(65534);
  try {
    expect(crashes(crash)).toMatchObject([{ level: "note", remedy: "sudo stagebox doctor" }]);
  } finally {
    if (isRoot) process.seteuid?.(0);
    chmodSync(system, 0o700);
  }
});

test("the page size is read from the auxiliary vector", () => {
  const auxv = new BigUint64Array([33n, 5n, 6n, 16384n, 0n, 0n]);
  expect(pageBytes(new Uint8Array(auxv.buffer))).toBe(16384);
  expect(pageBytes(new Uint8Array(3))).toBe(4096);
});

test("real time that was refused, and late wake-ups, are notes", () => {
  const levels = (realtime: boolean, p99_us: number) =>
    scheduling({ realtime, p50_us: 20, p99_us, max_us: p99_us }).map(({ level }) => level);
  expect(levels(true, 50)).toEqual(["ok", "ok"]);
  expect(levels(false, 50)).toEqual(["note", "ok"]);
  expect(levels(true, 5000)).toEqual(["ok", "note"]);
});

test("a taken port is a problem, unless Stagebox has it", async () => {
  const program = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("hello") });
  const number = program.port as number;
  expect(await port(number)).toMatchObject({ level: "problem", message: `${number} is taken` });
  program.reload({ fetch: () => Response.json({ status: "ok" }) });
  expect(await port(number)).toMatchObject({ level: "ok", message: `a Stagebox runs at ${number}` });
  await program.stop(true);
  expect(await port(number)).toMatchObject({ level: "ok", message: `${number} is free` });
});

test("a data folder that is a file, or cannot be written, is a problem", () => {
  const levels = (path: string) => storage(path).map(({ level }) => level);
  expect(levels(folder.path("new/deep"))).toEqual(["ok", "ok", "ok"]);
  expect(storage(folder.write("file", ""))[0]).toMatchObject({
    level: "problem",
    message: expect.stringContaining("not a folder"),
  });
  if (process.getuid?.() === 0) return console.log("skipped: unwritable folder: root may write everywhere");
  mkdirSync(folder.path("locked"));
  chmodSync(folder.path("locked"), 0o500);
  expect(levels(folder.path("locked")).slice(0, 2)).toEqual(["problem", "problem"]);
});

test("every finding that is not well has a remedy; problems make the exit code 1", async () => {
  const well = await stagebox(["doctor", "--json", "--port", "0", "--data", folder.path("data")]);
  const report = JSON.parse(well.stdout) as { findings: Finding[]; problems: number };
  expect([well.exitCode, report.problems]).toEqual([0, 0]);
  for (const finding of report.findings)
    expect([finding.check, "remedy" in finding]).toEqual([finding.check, finding.level !== "ok"]);
  expect(report.findings.map(({ check }) => check)).toEqual(
    expect.arrayContaining([
      "library",
      "simd",
      "cores",
      "governor",
      "pages",
      "clock",
      "real time",
      "memory",
      "disk",
      "port",
    ]),
  );

  const ill = await stagebox(["doctor", "--port", "0", "--data", folder.write("no-folder", "")]);
  expect(ill.exitCode).toBe(1);
  expect(ill.stdout).toMatch(/^problem {2}data folder .* is not a folder\n +-> choose another with --data$/m);
});
