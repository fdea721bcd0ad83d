// SPDX-License-Identifier: Apache-2.0
import { afterAll, describe, expect, test } from "bun:test";
import { type Dirent, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { zipSync } from "fflate";
import { ProblemsError } from "../../../src/pipeline/problem.ts";
import { readArchive, unpack } from "../../../src/plugins/install/archive.ts";
import { nameFault } from "../../../src/plugins/install/entry-name.ts";
import { LIMITS } from "../../../src/plugins/install/limits.ts";
import { LINK, type ZipEntry, type ZipLies, zipOf } from "./zip.fixture.ts";

const root = mkdtempSync(join(tmpdir(), "stagebox-archive-"));
afterAll(() => rmSync(root, { recursive: true }));
let folders = 0;

/** Unpacks into a new folder, two below one that nothing may appear in. */
function unpacked(zip: Uint8Array): string {
  const folder = join(root, `${folders++}`, "in", "side");
  unpack(zip, readArchive(zip, "x.zip"), folder, "x.zip");
  return folder;
}

function problemsOf(zip: Uint8Array): string[] {
  try {
    unpacked(zip);
  } catch (error) {
    if (error instanceof ProblemsError) return error.problems.map(({ message }) => message);
    throw error;
  }
  return [];
}

function namesIn(folder: string): string[] {
  return (readdirSync(folder, { recursive: true }) as string[]).sort();
}

describe("a good archive", () => {
  test("of another program arrives whole, with its executables", () => {
    const text = new TextEncoder();
    const folder = unpacked(
      zipSync({
        "plugin.toml": text.encode("id = 1"),
        "bin/run.sh": [text.encode("#!/bin/sh"), { os: 3, attrs: 0o100755 << 16 }],
        "src/": new Uint8Array(),
        "src/größe.c": [new Uint8Array(200_000).fill(65), { level: 0 }],
        "src/empty.c": new Uint8Array(),
      }),
    );
    const names = ["bin", "bin/run.sh", "plugin.toml", "src", "src/empty.c", "src/größe.c"];
    expect(namesIn(folder)).toEqual(names);
    expect(readFileSync(join(folder, "plugin.toml"), "utf8")).toBe("id = 1");
    expect(statSync(join(folder, "src/größe.c")).size).toBe(200_000);
    expect(statSync(join(folder, "bin/run.sh")).mode & 0o100).toBe(0o100);
    expect(statSync(join(folder, "plugin.toml")).mode & 0o111).toBe(0);
  });

  test.skipIf(!Bun.which("zip"))("of the program zip does too, with a comment", () => {
    const cwd = mkdtempSync(join(root, "zip-"));
    Bun.spawnSync(["sh", "-c", "mkdir -p a/b && echo 1 > a/b/c && echo 2 > d && echo hello | zip -qrz x.zip a d"], {
      cwd,
    });
    expect(namesIn(unpacked(readFileSync(join(cwd, "x.zip"))))).toEqual(["a", "a/b", "a/b/c", "d"]);
  });
});

const toml: ZipEntry = { name: "plugin.toml", content: "id" };
const bomb: ZipEntry = { name: "zeros", content: new Uint8Array(3 * 2 ** 20) };
const many = (count: number, entry: (i: number) => ZipEntry) => Array.from({ length: count }, (_, i) => entry(i));

const hostile: [what: string, entries: ZipEntry[], problem: RegExp, lies?: ZipLies][] = [
  ["climbs", [{ name: "../evil" }], /"..\/evil" leads out of the plugin's folder/],
  ["climbs in the middle", [{ name: "a/../../evil" }], /leads out/],
  ["is absolute", [{ name: "/etc/evil" }], /is an absolute path/],
  ["has a drive", [{ name: "C:evil" }], /is an absolute path/],
  ["has backslashes", [{ name: "..\\evil" }], /backslash/],
  ["has a line end in a name", [{ name: "a\nb" }], /control character/],
  ["has a zero byte in a name", [{ name: "a\0b" }], /control character/],
  ["has an empty name", [{ name: "" }], /is empty/],
  ["has a dot for a name", [{ name: "a/./b" }], /empty part/],
  ["has a name that is no text", [{ name: Buffer.from([0x61, 0xff]) }], /not text in UTF-8/],
  ["has a long name", [{ name: "n".repeat(256) }], /longer than 255 bytes/],
  ["has a long path", [{ name: `${"n/".repeat(600)}x` }], /longer than 1024 bytes/],
  ["is deep", [{ name: `${"d/".repeat(16)}x` }], /deeper than 16/],
  ["holds a link", [{ name: "lib", content: "/etc", mode: LINK }], /"lib" is a link/],
  ["writes through a link", [{ name: "lib", content: "/tmp", mode: LINK }, { name: "lib/x" }], /"lib" is a link/],
  ["holds a device", [{ name: "null", mode: 0o020666 }], /neither a file nor a folder/],
  ["holds a folder that calls itself a file", [{ name: "d/", mode: 0o100644 }], /neither a file nor a folder/],
  ["names a file twice", [toml, toml], /"plugin.toml" is there twice/],
  ["has names that differ in case alone", [{ name: "src/a" }, { name: "SRC/b" }], /"SRC\/b" and "src" are one name/],
  ["writes an umlaut in two ways", [{ name: "\u00fc" }, { name: "u\u0308" }], /are one name/],
  ["has a file for a folder", [{ name: "a" }, { name: "a/b" }], /is a file and a folder/],
  ["has a folder for a file", [{ name: "a/b" }, { name: "a" }], /is a file and a folder/],
  ["is encrypted", [{ ...toml, flags: 1 }], /is encrypted/],
  ["is packed in an odd way", [{ ...toml, method: 12 }], /packed by method 12/],
  ["tells two names", [{ ...toml, localName: "plugin.tomb" }], /differs between the archive's two lists/],
  ["points elsewhere", [{ ...toml, offset: 7 }], /differs between/],
  ["reaches over its end", [{ ...toml, packedBytes: 5000 }], /reaches over/],
  ["lies about its checksum", [{ ...toml, crc: 1 }], /is damaged/],
  ["grows beyond what it says", [{ ...bomb, bytes: 10 }], /"zeros" is damaged/],
  ["shrinks below what it says", [{ ...toml, bytes: 10 }], /is damaged/],
  ["is a bomb", [bomb], /more than 100 times its size/],
  ["says it is huge", [{ ...toml, bytes: 0xffffffff }], /unpacks to 4096 MB; a plugin has at most 256 MB/],
  ["shows one file under many names", many(200, (i) => ({ name: `${i}`, offset: 0 })), /differs between/],
  ["has too many files", many(4097, (i) => ({ name: `${i}` })), /holds 4097 files/],
  ["says there are more than there are", [toml], /breaks off at entry 2 of 2/, { count: 2 }],
  ["says there are fewer than there are", [toml, { name: "b" }], /longer than it says/, { count: 1 }],
  ["has a program in front", [toml], /before, between or behind/, { before: Buffer.from("#!/bin/sh"), listOffset: 45 }],
  ["has its list nowhere", [toml], /before, between or behind/, { listOffset: 0xfffffff0 }],
];

describe("an archive that", () => {
  for (const [what, entries, problem, lies] of hostile) {
    test(`${what} is refused`, () => {
      const outer = join(root, `${folders}`);
      expect(problemsOf(zipOf(entries, lies))).toContainEqual(expect.stringMatching(problem));
      const made = statSync(outer, { throwIfNoEntry: false }) ? namesIn(outer) : [];
      expect(made.filter((name) => name !== "in" && !/^in\/side(\/|$)/.test(name))).toEqual([]);
    });
  }

  test("is no archive, or breaks off anywhere, is refused", () => {
    const zip = zipOf([toml, { name: "src/a.c", content: "int x;".repeat(50) }]);
    expect(problemsOf(new TextEncoder().encode("plain text"))).toEqual(["is not a zip file, or not a whole one"]);
    for (let length = 0; length < zip.length; length++) expect(problemsOf(zip.subarray(0, length))).toHaveLength(1);
  });

  test("has much wrong with it says all of it at once", () => {
    expect(problemsOf(zipOf([{ name: "../a" }, toml, { name: "/b" }, { name: "c", mode: LINK }]))).toHaveLength(3);
  });

  test("had a byte changed is refused, or holds what it held", () => {
    const zip = zipOf([toml, { name: "src/a.c", content: "int a;" }]);
    const change = fc.property(fc.nat(zip.length - 1), fc.integer({ min: 1, max: 255 }), (at, bits) => {
      const changed = Uint8Array.from(zip);
      changed[at] = (changed[at] ?? 0) ^ bits;
      const folder = join(root, `${folders}`, "in", "side");
      if (problemsOf(changed).length > 0) return;
      const entries = readdirSync(folder, { recursive: true, withFileTypes: true }) as Dirent[];
      for (const file of entries.filter((entry) => entry.isFile()))
        expect(["id", "int a;"]).toContain(readFileSync(join(file.parentPath, file.name), "utf8"));
    });
    fc.assert(change, { numRuns: 500 });
  });
});

test("whatever a name is, it is refused or stays inside, as itself", () => {
  const part = fc.oneof(
    fc.constantFrom("..", ".", "", "a", "src", "C:", "...", " ", "~", "a\\b", "a\0", "%2e%2e"),
    fc.string({ maxLength: 8, unit: "binary" }),
  );
  const name = fc.oneof(
    fc.array(part, { maxLength: 6 }).map((parts) => parts.join("/")),
    fc.string({ unit: "binary" }),
  );
  const holds = fc.property(name, (name) => {
    if (nameFault(name) !== undefined) return;
    expect(join("/plugins/x", name)).toBe(`/plugins/x/${name}`);
    expect(name.split("/")).not.toContain("..");
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(LIMITS.path_bytes);
  });
  fc.assert(holds, { numRuns: 3000 });
});

test("a file keeps the name that it is allowed to have", () => {
  const holds = fc.property(fc.string({ minLength: 1, maxLength: 20, unit: "grapheme" }), (name) => {
    const folder = join(root, `${folders}`, "in", "side");
    if (name.endsWith("/") || problemsOf(zipOf([{ name, content: "x" }])).length > 0) return;
    expect(readFileSync(join(folder, name), "utf8")).toBe("x");
  });
  fc.assert(holds, { numRuns: 300 });
});
