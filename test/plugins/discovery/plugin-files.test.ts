// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileIn, readFileIn, readTextIn } from "../../../src/plugins/discovery/plugin-files.ts";
import { refused } from "../../pipeline/refused.fixture.ts";
import { temporaryFolders } from "../../store/temporary-folder.ts";

const newFolder = temporaryFolders();

function folderWith(text = "hello"): string {
  const { path } = newFolder();
  const folder = join(path, "plugin");
  mkdirSync(join(folder, "sub"), { recursive: true });
  writeFileSync(join(folder, "a.txt"), text);
  writeFileSync(join(path, "secret"), "secret");
  return folder;
}

test("a file of the plugin, there or not", () => {
  const folder = folderWith();
  expect(readTextIn(folder, "a.txt", 5)).toBe("hello");
  expect(fileIn(folder, "sub/b.txt")).toBe(join(folder, "sub/b.txt"));
});

test("a link inside is followed", () => {
  const folder = folderWith();
  symlinkSync("../a.txt", join(folder, "sub/link"));
  expect(readTextIn(folder, "sub/link", 5)).toBe("hello");
});

describe("refused", () => {
  test.each(["../secret", "/etc/passwd", "a\0b", "sub/../../secret", "..\\secret", "", ".hidden"])("%j", (name) => {
    const folder = folderWith();
    expect(refused(() => fileIn(folder, name))).toHaveLength(1);
    expect(refused(() => readFileIn(folder, name, 100))).toHaveLength(1);
  });

  test("links that lead out: of a file, of a folder, to nothing", () => {
    const folder = folderWith();
    symlinkSync("../secret", join(folder, "file"));
    symlinkSync("..", join(folder, "up"));
    symlinkSync("../nothing", join(folder, "nothing"));
    for (const name of ["file", "up/secret", "nothing"])
      expect(refused(() => readFileIn(folder, name, 100)).join()).toEndWith("is a link that leads out of the folder");
  });

  test("what is no file, without waiting for it", () => {
    const folder = folderWith();
    expect(Bun.spawnSync(["mkfifo", join(folder, "pipe")]).success).toBe(true);
    expect(refused(() => readFileIn(folder, "pipe", 100))).toEqual([`${folder}/pipe: is not a file`]);
    expect(refused(() => readFileIn(folder, "sub", 100))).toEqual([`${folder}/sub: is not a file`]);
    expect(refused(() => readFileIn(folder, "none", 100))).toEqual([`${folder}/none: is not there`]);
  });

  test("what is too long, or is not text", () => {
    const folder = folderWith();
    expect(refused(() => readFileIn(folder, "a.txt", 4))).toEqual([
      `${folder}/a.txt: has 5 bytes; at most 4 are allowed`,
    ]);
    writeFileSync(join(folder, "a.txt"), new Uint8Array([0xff, 0xfe]));
    expect(refused(() => readTextIn(folder, "a.txt", 4))).toEqual([
      `${folder}/a.txt: is not UTF-8 text; save it as UTF-8`,
    ]);
  });

  test.skipIf(process.getuid?.() === 0)("what may not be read", () => {
    const folder = folderWith();
    chmodSync(join(folder, "a.txt"), 0);
    expect(refused(() => readFileIn(folder, "a.txt", 5))).toEqual([
      `${folder}/a.txt: may not be read by Stagebox; change its owner or mode`,
    ]);
  });
});

test("a file that becomes a link out between check and reading gives nothing away", async () => {
  const folder = folderWith();
  const swap =
    'while :; do ln -sfn ../secret "$0/x"; mv -f "$0/x" "$0/a.txt"; echo hello >"$0/x"; mv -f "$0/x" "$0/a.txt"; done';
  const churn = Bun.spawn(["sh", "-c", swap, folder], { stderr: "ignore" });
  try {
    const seen = new Set<string>();
    for (let turn = 0; turn < 3000; turn++) {
      const [problem] = refused(() => seen.add(readTextIn(folder, "a.txt", 100)));
      if (problem) seen.add("refused");
    }
    expect(seen.has("secret")).toBe(false);
    expect(seen.size).toBeGreaterThan(0);
  } finally {
    churn.kill();
    await churn.exited;
  }
}, 60_000);
