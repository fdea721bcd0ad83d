// SPDX-License-Identifier: Apache-2.0
/** The shell helpers of the storage layer, on a root folder of their own: what a read-only root forgets, and what not. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const helpers = join(import.meta.dir, "../../image/layers/storage/files/usr/lib/stagebox");
const ID = "0123456789abcdef0123456789abcdef\n";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "stagebox-storage-test-"));
  image();
});
afterEach(() => rmSync(root, { recursive: true }));

/** /etc as the image has it: what every start begins with. */
function image(): void {
  rmSync(at("etc"), { recursive: true, force: true });
  mkdirSync(at("etc/ssh"), { recursive: true });
  writeFileSync(at("etc/hostname"), "stagebox\n");
  writeFileSync(at("etc/machine-id"), ID);
  symlinkSync("/usr/share/zoneinfo/Etc/UTC", at("etc/localtime"));
}

const at = (path: string) => join(root, path);
const text = (path: string) => readFileSync(at(path), "utf8");

function run(helper: string, args: string[] = [], environment: Record<string, string> = {}) {
  const env = { ...process.env, STAGEBOX_ROOT: root, ...environment };
  const { exitCode, stderr } = Bun.spawnSync([join(helpers, helper), ...args], { env });
  return { exitCode, complaints: stderr.toString() };
}

describe("what was kept is there after the next start", () => {
  test("name, time zone, and the keys of a box and of those who log in", () => {
    writeFileSync(at("etc/hostname"), "lab-3\n");
    rmSync(at("etc/localtime"));
    symlinkSync("/usr/share/zoneinfo/Asia/Tokyo", at("etc/localtime"));
    writeFileSync(at("etc/ssh/ssh_host_ed25519_key"), "private", { mode: 0o600 });
    writeFileSync(at("etc/ssh/authorized_keys"), "ssh-ed25519 AAAA\n");
    expect(run("persist", ["hostname", "localtime", "ssh"])).toEqual({ exitCode: 0, complaints: "" });
    image();
    expect(run("restore")).toEqual({ exitCode: 0, complaints: "" });
    expect(text("etc/hostname")).toBe("lab-3\n");
    expect(text("etc/hosts")).toContain("127.0.1.1 lab-3\n");
    expect(readlinkSync(at("etc/localtime"))).toBe("/usr/share/zoneinfo/Asia/Tokyo");
    expect(text("etc/ssh/authorized_keys")).toBe("ssh-ed25519 AAAA\n");
    expect(statSync(at("etc/ssh/ssh_host_ed25519_key")).mode & 0o777).toBe(0o600);
  });

  test("nothing was: the image's own stays, and the box's number is kept", () => {
    expect(run("restore")).toEqual({ exitCode: 0, complaints: "" });
    expect(text("etc/hostname")).toBe("stagebox\n");
    expect(text("etc/hosts")).toContain("127.0.1.1 stagebox\n");
    expect(text("data/system/machine-id")).toBe(ID);
    writeFileSync(at("etc/machine-id"), "another\n");
    run("restore");
    expect(text("data/system/machine-id")).toBe(ID);
  });

  test("nobody but root may look at it", () => {
    run("persist", ["hostname"]);
    expect(statSync(at("data/system")).mode & 0o777).toBe(0o700);
  });

  test("a power cut while it was kept leaves what was there, and does not stop the next time", () => {
    run("persist", ["hostname"]);
    writeFileSync(at("data/system/hostname.new"), "ha");
    writeFileSync(at("etc/hostname"), "later\n");
    expect(run("persist", ["hostname"]).exitCode).toBe(0);
    expect(text("data/system/hostname")).toBe("later\n");
    expect(existsSync(at("data/system/hostname.new"))).toBe(false);
  });

  test.each([[[]], [["passwd"]]])("persist %j is refused with what it knows", (names) => {
    const { exitCode, complaints } = run("persist", names);
    expect(exitCode).toBe(2);
    expect(complaints).toContain("hostname, localtime, machine-id, ssh, clock");
  });
});

describe("the crash log", () => {
  const logs = () => (existsSync(at("data/system/crash")) ? readdirSync(at("data/system/crash")).sort() : []);
  const crash = { SERVICE_RESULT: "core-dump", EXIT_CODE: "dumped", EXIT_STATUS: "SEGV" };

  test("says how the service ended; an end that was asked for leaves none", () => {
    expect(run("crash-log", ["service"], { SERVICE_RESULT: "success" }).exitCode).toBe(0);
    expect(logs()).toEqual([]);
    expect(run("crash-log", ["service"], crash).exitCode).toBe(0);
    expect(logs()).toHaveLength(1);
    expect(text(`data/system/crash/${logs()[0]}`)).toStartWith("stagebox.service: core-dump, dumped SEGV, up ");
  });

  test("a service that goes down again and again leaves one a minute, and twenty in all", () => {
    mkdirSync(at("data/system/crash"), { recursive: true });
    for (let i = 10; i < 40; i++) {
      const old = at(`data/system/crash/202501${i}T000000Z-service.log`);
      writeFileSync(old, "old");
      utimesSync(old, 1, 1);
    }
    for (let i = 0; i < 3; i++) run("crash-log", ["service"], crash);
    expect(logs()).toHaveLength(20);
    expect(logs().filter((name) => text(`data/system/crash/${name}`) !== "old")).toHaveLength(1);
    expect(logs()[0]).toBe("20250121T000000Z-service.log");
  });

  test("what a crashed kernel left is taken over, no more of it than fits, and makes room", () => {
    mkdirSync(at("sys/fs/pstore"), { recursive: true });
    writeFileSync(at("sys/fs/pstore/dmesg-ramoops-0"), "x".repeat(1 << 20));
    expect(run("crash-log", ["kernel"]).exitCode).toBe(0);
    expect(logs()).toEqual([expect.stringMatching(/^\d{8}T\d{6}Z-kernel-dmesg-ramoops-0\.log$/)]);
    expect(text(`data/system/crash/${logs()[0]}`)).toHaveLength(65536);
    expect(existsSync(at("sys/fs/pstore/dmesg-ramoops-0"))).toBe(false);
  });
});
