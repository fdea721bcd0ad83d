// SPDX-License-Identifier: Apache-2.0
import { afterAll, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DataFolder } from "../../src/store/folder.ts";
import { folderOwner, lockFolder } from "../../src/store/folder-lock.ts";

const folder = new DataFolder(mkdtempSync(join(tmpdir(), "stagebox-lock-")));
const file = folder.file("stagebox.lock");
afterAll(() => rmSync(folder.path, { recursive: true }));

test("a folder has one owner at a time", () => {
  const lock = lockFolder(folder);
  expect(() => lockFolder(folder)).toThrow(`process ${process.pid} is a Stagebox that uses ${folder.path}`);
  lock.unlock();
  expect(existsSync(file)).toBe(false);
  lockFolder(folder).unlock();
});

test("it says where its box answers as soon as it does", () => {
  expect(folderOwner(folder)).toBeUndefined();
  const lock = lockFolder(folder);
  expect(folderOwner(folder)).toEqual({ pid: process.pid });
  lock.announce("http://127.0.0.1:8080");
  expect(folderOwner(folder)).toEqual({ pid: process.pid, url: "http://127.0.0.1:8080" });
  expect(() => lockFolder(folder)).toThrow(`process ${process.pid} is`);
  lock.unlock();
  expect(folderOwner(folder)).toBeUndefined();
});

test.each(["999999999 1\n", `${process.pid} 1\n`, "garbage", ""])("%p was left behind by nobody who runs", (left) => {
  writeFileSync(file, left);
  lockFolder(folder).unlock();
});

const NAMESPACE = ["unshare", "--map-root-user", "--mount", "sh", "-euc"];

/** Who has no namespaces of their own has no disk to fill. */
test.skipIf(!Bun.spawnSync([...NAMESPACE, "mount -t tmpfs none /mnt"]).success).each([
  ["full", 'head -c 1M /dev/zero >"$1/all" || true'],
  [
    "read-only, with a lock of somebody's who runs no more",
    'echo 999999999 1 >"$1/stagebox.lock"; mount -o remount,ro "$1"',
  ],
])("a disk that is %s keeps no box from starting", (_, spoil) => {
  const script = `mount -t tmpfs -o size=64k none "$1"; ${spoil}; "$2" "$3" "$1"`;
  const locking = [process.execPath, join(import.meta.dir, "lock-folder.ts")];
  const { exitCode, stderr } = Bun.spawnSync([...NAMESPACE, script, "sh", folder.path, ...locking]);
  expect([exitCode, stderr.toString().replace(/^head: .*\n/, "")]).toEqual([0, ""]);
});
