// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { copyFolder } from "../../../src/plugins/install/copy-folder.ts";
import { namesIn, problemsOf, testFolders } from "../folders.fixture.ts";

const { fresh } = testFolders();

function folderWith(files: Record<string, string>): string {
  const folder = fresh();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

test("a folder is copied with all that is the plugin's, and without what is its author's", () => {
  const from = folderWith({ "plugin.toml": "id", ".gitignore": "bin/", "run.sh": "#!/bin/sh" });
  for (const sub of ["src", ".git", "node_modules", "empty"]) mkdirSync(join(from, sub));
  writeFileSync(join(from, "src/a.c"), "int a;");
  writeFileSync(join(from, ".git/config"), "secret");
  chmodSync(join(from, "run.sh"), 0o755);
  symlinkSync("src/a.c", join(from, "alias.c"));
  const to = fresh();
  copyFolder(from, to);
  expect(namesIn(to)).toEqual([".gitignore", "alias.c", "empty", "plugin.toml", "run.sh", "src", "src/a.c"]);
  expect(readFileSync(join(to, "alias.c"), "utf8")).toBe("int a;");
  expect(statSync(join(to, "run.sh")).mode & 0o100).toBe(0o100);
});

test("what leads out, and what is no file, is refused, all of it at once", async () => {
  const from = folderWith({ "plugin.toml": "id" });
  symlinkSync("/etc/passwd", join(from, "passwd"));
  symlinkSync("/etc", join(from, "etc"));
  symlinkSync("nowhere", join(from, "dangling"));
  symlinkSync(".", join(from, "loop"));
  Bun.spawnSync(["mkfifo", join(from, "pipe")]);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(from, "socket"), resolve));
  const problems = await problemsOf(() => copyFolder(from, fresh()));
  server.close();
  expect(problems.sort()).toEqual([
    `${from}: "dangling" cannot be read (ENOENT)`,
    `${from}: "etc" is a link that leads out of the folder`,
    `${from}: "loop" is a link that leads out of the folder`,
    `${from}: "passwd" is a link that leads out of the folder`,
    `${from}: "pipe" is neither a file nor a folder`,
    `${from}: "socket" is neither a file nor a folder`,
  ]);
});

test("a file behind a link to a pipe is not waited for", async () => {
  const from = fresh();
  mkdirSync(join(from, "sub"));
  Bun.spawnSync(["mkfifo", join(from, "sub/pipe")]);
  symlinkSync("sub/pipe", join(from, "a"));
  expect(await problemsOf(() => copyFolder(from, fresh()))).toContain(
    `${from}: "a" is a link to something that is not a file`,
  );
});

test("too much, and too many, are refused", async () => {
  const big = folderWith({});
  Bun.spawnSync(["truncate", "-s", "257M", join(big, "sparse")]);
  expect(await problemsOf(() => copyFolder(big, fresh()))).toEqual([
    `${big}: "sparse" is too much; a plugin has at most 256 MB`,
  ]);
  const crowd = folderWith(Object.fromEntries(Array.from({ length: 4097 }, (_, i) => [`${i}`, ""])));
  expect(await problemsOf(() => copyFolder(crowd, fresh()))).toEqual([
    `${crowd}: holds more than 4096 files, which no plugin does`,
  ]);
});

test("names that only some file systems tell apart are refused", async () => {
  const from = folderWith({ "a.c": "", "A.c": "" });
  expect(await problemsOf(() => copyFolder(from, fresh()))).toEqual([
    expect.stringContaining("are one name on some file systems"),
  ]);
});

test("files that change meanwhile are whole, or the copy is refused", async () => {
  const from = folderWith({ x: "a".repeat(1 << 20), y: "b".repeat(1 << 20) });
  const outside = folderWith({ x: "secret".repeat(1000) });
  mkdirSync(join(from, "sub"));
  writeFileSync(join(from, "sub/x"), "a".repeat(1 << 20));
  const stop = new SharedArrayBuffer(4);
  // Writes, replaces, and puts a link to elsewhere in the place of a folder and back.
  const worker = new Worker(
    `const { workerData: { from, outside, stop } } = require("node:worker_threads");
     const fs = require("node:fs");
     const flag = new Int32Array(stop);
     for (let i = 0; !Atomics.load(flag, 0); i++) {
       const letter = "ab"[i % 2];
       fs.writeFileSync(from + "/x", letter.repeat(1 << 20));
       fs.writeFileSync(from + "/../fresh-y", letter.repeat(1 << 20));
       fs.renameSync(from + "/../fresh-y", from + "/y");
       fs.renameSync(from + "/sub", from + "/../was-sub");
       fs.symlinkSync(outside, from + "/sub");
       fs.unlinkSync(from + "/sub");
       fs.renameSync(from + "/../was-sub", from + "/sub");
     }`,
    { eval: true, workerData: { from, outside, stop } },
  );
  let copies = 0;
  for (let i = 0; i < 200; i++) {
    const to = fresh();
    try {
      copyFolder(from, to);
      copies++;
    } catch (error) {
      expect(String(error)).toMatch(/changed while|cannot be read|leads out|not a file|ENOENT|ENOTDIR/);
    }
    for (const name of namesIn(to)) {
      const path = join(to, name);
      if (statSync(path).isFile()) expect(readFileSync(path, "utf8")).toMatch(/^(a{1048576}|b{1048576})$/);
    }
  }
  Atomics.store(new Int32Array(stop), 0, 1);
  await new Promise((resolve) => worker.once("exit", resolve));
  expect(copies).toBeLessThan(200); // else nothing was tried
}, 60_000);
