// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, test } from "bun:test";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { NameError } from "../../src/store/folder.ts";
import { PROJECT_LIMITS, ProjectFiles } from "../../src/store/project-files.ts";
import { pathParts } from "../../src/store/project-path.ts";
import { temporaryFolders } from "./temporary-folder.ts";

const temporaryFolder = temporaryFolders();
let folder: string;
let files: ProjectFiles;
beforeEach(() => {
  folder = temporaryFolder().project;
  files = new ProjectFiles(folder);
});

const bytes = (text: string) => new TextEncoder().encode(text);
const text = async (path: string) => Buffer.from((await files.read(path, 0, 1000))?.content ?? []).toString();

test("is written in one step, added to, read in pieces and deleted with its folder", async () => {
  expect(await files.write("a/b/c.txt", bytes("one"))).toMatchObject({ path: "a/b/c.txt", bytes: 3 });
  await files.append("a/b/c.txt", bytes(", two"));
  await files.append("a/d.txt", bytes("new"));
  expect(await text("a/b/c.txt")).toBe("one, two");
  expect(await files.read("a/b/c.txt", 5, 2)).toMatchObject({ bytes: 8, content: Buffer.from("tw") });
  expect((await files.read("a/b/c.txt", 99, 2))?.content.length).toBe(0);
  expect(files.list().map(({ path }) => path)).toEqual(["a/b/c.txt", "a/d.txt"]);
  expect(await files.delete("a/b/c.txt")).toBe(true);
  expect([existsSync(join(folder, "a/b")), existsSync(join(folder, "a/d.txt"))]).toEqual([false, true]);
  expect(await files.delete("a/b/c.txt")).toBe(false);
  expect(await files.read("x/y", 0, 1)).toBeUndefined();
});

test("takes over a file that is whole", async () => {
  writeFileSync(join(folder, ".export-1.csv"), "1,2");
  await files.adopt("exports/a.csv", join(folder, ".export-1.csv"));
  expect([readdirSync(folder), await text("exports/a.csv")]).toEqual([["exports"], "1,2"]);
});

describe("has room for so much", () => {
  const small = { files: 2, bytes: 10, spare_bytes: 0 };
  test("and so many", async () => {
    files = new ProjectFiles(folder, small);
    await files.write("a", bytes("12345678"));
    await files.write("b", bytes("1"));
    await expect(files.write("c", bytes(""))).rejects.toThrow("has 2 files, and may have no more");
    await expect(files.append("b", bytes("12"))).rejects.toThrow("no room for 2 bytes");
    await files.write("a", bytes("123456789"));
    expect(files.room()).toBe(0);
    await expect(files.write("b", bytes("12"))).rejects.toThrow("no room");
    expect([await text("a"), await text("b")]).toEqual(["123456789", "1"]);
  });

  test("whoever writes at the same time", async () => {
    files = new ProjectFiles(folder, { ...small, files: 100 });
    const all = await Promise.allSettled([..."abcdef"].map((name) => files.write(name, bytes("1234"))));
    expect(all.map(({ status }) => status).filter((it) => it === "fulfilled")).toHaveLength(2);
  });

  test("and leaves the disk to recordings", async () => {
    files = new ProjectFiles(folder, { ...PROJECT_LIMITS, spare_bytes: 2 ** 60 });
    await expect(files.write("a", bytes("1"))).rejects.toThrow("are kept for recordings");
    expect(readdirSync(folder)).toEqual([]);
  });
});

test.each([
  "",
  ".",
  "..",
  "../x",
  "a/../../x",
  "/etc/passwd",
  "a\0b",
  ".hidden",
  "a/.b",
  "a//b",
  "a/",
  "..\\x",
  "a\nb",
])("refuses %j", async (path) => {
  await expect(files.write(path, bytes("x"))).rejects.toThrow(NameError);
  await expect(files.read(path, 0, 1)).rejects.toThrow(NameError);
  await expect(files.delete(path)).rejects.toThrow(NameError);
  expect(readdirSync(folder)).toEqual([]);
});

/** Words that lead somewhere, some of which are links or folders that a test has put there. */
const word = fc.oneof(
  fc.constantFrom("out", "file", "self", "up", "dangling", "folder", "plain", "..", ".", "", "secret"),
  fc.string({ maxLength: 6, unit: "binary" }),
);
const anyPath = fc.array(word, { minLength: 1, maxLength: 10 }).map((parts) => parts.join("/"));

test("nothing that is asked leads out of the folder, whatever links lie in it", async () => {
  const outside = temporaryFolder().path;
  writeFileSync(join(outside, "secret"), "secret");
  mkdirSync(join(outside, "folder"));
  const plant = () => {
    rmSync(folder, { recursive: true });
    mkdirSync(join(folder, "folder"), { recursive: true });
    writeFileSync(join(folder, "plain"), "plain");
    const links = {
      out: outside,
      file: join(outside, "secret"),
      self: folder,
      up: "..",
      dangling: join(outside, "new"),
    };
    for (const [name, target] of Object.entries(links)) {
      symlinkSync(target, join(folder, name));
      symlinkSync(target, join(folder, "folder", name));
    }
  };
  const before = () => [
    readdirSync(outside),
    readdirSync(join(outside, "folder")),
    readFileSync(join(outside, "secret"), "utf8"),
  ];
  const untouched = before();
  const neighbours = readdirSync(join(folder, ".."));
  await fc.assert(
    fc.asyncProperty(anyPath, fc.constantFrom("read", "write", "append", "delete"), async (path, what) => {
      plant();
      const acts = {
        read: async () => Buffer.from((await files.read(path, 0, 100))?.content ?? []).toString(),
        write: () => files.write(path, bytes("mine")),
        append: () => files.append(path, bytes("mine")),
        delete: () => files.delete(path),
      };
      const answer = await acts[what]().catch((error) => {
        if (!(error instanceof NameError)) throw error;
        return "refused";
      });
      expect(answer).not.toBe("secret");
      expect(before()).toEqual(untouched);
      expect(readdirSync(join(folder, ".."))).toEqual(neighbours);
      if (what === "write" && answer !== "refused") {
        expect(lstatSync(join(folder, ...pathParts(path))).isFile()).toBe(true);
        expect(await text(path)).toBe("mine");
        expect(files.list().map((file) => file.path)).toContain(path);
      }
      expect(files.list().filter((file) => /^(folder\/)?(out|self|up)\//.test(file.path))).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

test("a link in the place of a file is not followed", async () => {
  const outside = temporaryFolder();
  writeFileSync(outside.file("secret"), "secret");
  symlinkSync(outside.file("secret"), join(folder, "a.txt"));
  for (const act of [files.read("a.txt", 0, 9), files.write("a.txt", bytes("x")), files.append("a.txt", bytes("x"))])
    await expect(act).rejects.toThrow(NameError);
  expect(readFileSync(outside.file("secret"), "utf8")).toBe("secret");
  expect(files.list()).toEqual([]);
});
