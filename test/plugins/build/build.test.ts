// SPDX-License-Identifier: Apache-2.0
import { expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspectLibrary } from "../../../src/native/library.ts";
import { buildPlugin, isUpToDate } from "../../../src/plugins/build/build.ts";
import { extractHeaders } from "../../../src/plugins/build/headers.ts";
import { readPlugin } from "../../../src/plugins/discovery/read-plugin.ts";
import { parseManifest } from "../../../src/plugins/manifest/parse.ts";
import { hostTriple, type Triple } from "../../../src/triple.ts";
import { refused } from "../../pipeline/refused.fixture.ts";
import { namesIn, problemsOf, testFolders } from "../folders.fixture.ts";
import { manifest, manifestText } from "../manifest.fixture.ts";

setDefaultTimeout(60_000);
const { fresh, gain } = testFolders();

async function build(folder: string, target?: Triple) {
  const said: string[] = [];
  const options = {
    signal: new AbortController().signal,
    tell: (text: string) => said.push(text),
    ...(target && { target }),
  };
  const built = await buildPlugin(folder, readPlugin(folder, "box").manifest, options);
  return { ...built, said: said.join("") };
}

const buildTable = (lines: string): [string, string] => ["[test]", `[build]\n${lines}\n[test]`];

test("the library is where the manifest says, and what the engine loads", async () => {
  const folder = gain();
  const { file, said } = await build(folder);
  expect(file).toBe(join(folder, `bin/${hostTriple}/libgain.so`));
  expect(inspectLibrary(file)).toEqual({ abi: "1.0.0" });
  expect(said).toBe("");
  expect(readdirSync(join(folder, `bin/${hostTriple}`))).toEqual(["libgain.so"]);
});

const cross = Bun.which("aarch64-linux-gnu-gcc") && Bun.which("readelf");
if (!cross) console.log("skipped: building for the Pi needs gcc-aarch64-linux-gnu and binutils");
test.skipIf(!cross)("for the Pi too, beside the other", async () => {
  const folder = gain();
  await build(folder);
  const { file } = await build(folder, "aarch64-linux-gnu");
  const elf = Bun.spawnSync(["readelf", "-hnsW", file]).stdout.toString();
  expect(elf).toMatch(/Machine: +AArch64/);
  expect(elf).toMatch(/Stagebox/);
  expect(elf).toMatch(/GLOBAL DEFAULT +\d+ stagebox_register/);
  expect(elf).toMatch(/GLOBAL DEFAULT +\d+ stagebox_abi_version/);
  expect(readdirSync(join(folder, "bin")).sort()).toEqual(["aarch64-linux-gnu", hostTriple].sort());
});

const CPP = `
#include <stagebox/stagebox.h>
#include <string>
SB_PLUGIN
extern "C" int helper(void);
sb_status stagebox_register(const sb_host *, const sb_registrar *) {
  static std::string text(100, 'x');
  return helper() == 1 && text.size() == 100 ? SB_OK : SB_INVALID;
}
`;

test("C and C++ go together, with libraries, flags and headers of the plugin's own", async () => {
  const folder = gain(
    {
      "src/smooth_gain.c":
        '#include "own.h"\n#include <zlib.h>\nint helper(void) { return OWN == TWO / 2 && zlibVersion() != 0; }',
      "src/main.cpp": CPP,
      "include/own.h": "#define OWN 1\n",
    },
    [buildTable('flags = ["-Iinclude", "-DTWO=2", "-march=native", "-ffast-math"]\nlibraries = ["z"]')],
  );
  if (!statSync("/usr/include/zlib.h", { throwIfNoEntry: false })) {
    writeFileSync(join(folder, "src/smooth_gain.c"), '#include "own.h"\nint helper(void) { return OWN == TWO / 2; }');
    writeFileSync(
      join(folder, "plugin.toml"),
      readFileSync(join(folder, "plugin.toml"), "utf8").replace('["z"]', '["m"]'),
    );
  }
  const { file } = await build(folder);
  expect(inspectLibrary(file).abi).toBe("1.0.0");
});

test("warnings of the compiler are told, and do not stop it", async () => {
  const folder = gain();
  writeFileSync(join(folder, "src/odd.c"), "static int unused(void) { return 1; }\n");
  expect((await build(folder)).said).toMatch(/src\/odd.c:1:12: warning: .*unused/);
});

test("what cannot be built says why, and leaves the library that is there", async () => {
  const folder = gain();
  const { file } = await build(folder);
  const before = readFileSync(file);
  const source = readFileSync(join(folder, "src/smooth_gain.c"), "utf8");
  const broken: [string, RegExp][] = [
    ["int x = ;", /gcc ended with 1; what it says stands above$/],
    ["int x;", /stagebox_(register|abi_version) is not there: a plugin has SB_PLUGIN and stagebox_register/],
    [source.replace("SB_PLUGIN", ""), /stagebox_abi_version is not there/],
    [source.replace("pow(", "nowhere("), /gcc ended with 1/],
    [
      source.replace("SB_PLUGIN", "uint32_t stagebox_abi_version(void) { return SB_ABI_VERSION; }"),
      new RegExp(`^bin/${hostTriple}/libgain.so: `),
    ],
  ];
  for (const [text, words] of broken) {
    writeFileSync(join(folder, "src/smooth_gain.c"), text);
    expect(await problemsOf(() => build(folder))).toContainEqual(expect.stringMatching(words));
    expect(readFileSync(file)).toEqual(before);
  }
});

test("sources that are none, or lie elsewhere, are refused", async () => {
  const folder = gain({ "src/notes.txt": "" }, [buildTable('sources = ["src/*", "linked/evil.c"]')]);
  const outside = fresh();
  writeFileSync(join(outside, "evil.c"), "int x;");
  symlinkSync(outside, join(folder, "linked"));
  expect((await problemsOf(() => build(folder))).sort()).toEqual([
    "linked/evil.c: is a link that leads out of the folder",
    "src/notes.txt: is no C (.c) or C++ (.cpp, .cc, .cxx) source; see [build] of plugin.toml",
  ]);
  const empty = gain({}, [buildTable('sources = ["lib/*.c"]')]);
  expect(await problemsOf(() => build(empty))).toEqual(["plugin.toml: /build/sources: no file matches lib/*.c"]);
});

test("a source that is called like an option of the compiler is a source all the same", async () => {
  const folder = gain({ "@options.c": "int x;", "options.c": "-fplugin=./own.so src/smooth_gain.c" }, [
    buildTable('sources = ["@*.c"]'),
  ]);
  expect((await problemsOf(() => build(folder))).join()).toMatch(/stagebox_\w+ is not there/);
});

test("a library's folder that is a link out of the plugin is refused", async () => {
  const folder = gain();
  symlinkSync(fresh(), join(folder, "bin"));
  expect((await problemsOf(() => build(folder))).join()).toMatch(/is a link that leads out of the folder/);
});

test("a missing compiler is named with its package", async () => {
  const path = process.env.PATH;
  try {
    process.env.PATH = fresh();
    expect(await problemsOf(() => build(gain()))).toEqual([
      `there is no C compiler for ${hostTriple}; as root: apt-get install gcc libc6-dev`,
    ]);
    const other = hostTriple === "x86_64-linux-gnu" ? "aarch64-linux-gnu" : "x86_64-linux-gnu";
    expect(await problemsOf(() => build(gain(), other))).toEqual([
      expect.stringMatching(/^there is no C compiler for \S+; as root: apt-get install gcc-\S+ libc6-dev-\w+-cross$/),
    ]);
  } finally {
    process.env.PATH = path;
  }
});

test("flags that make a compiler do more than compile are refused, each by name", () => {
  const harmless = ["-DA", "-DA=1 2", "-UB", "-Isrc/include", "-O2", "-g", "-std=c11", "-march=armv8-a+crc", "-mavx2"];
  harmless.push("-Wno-unused", "-Wshadow", "-ffast-math", "-fno-exceptions", "-ffp-contract=off", "-pthread", "-Ofast");
  expect(manifest({ build: { flags: harmless } }).build.flags).toEqual(harmless);
  const evil = ["-fplugin=/tmp/x.so", "-fplugin-arg-x-y=1", "-B/tmp", "-wrapper", "@/tmp/args", "-specs=/tmp/specs"];
  evil.push(
    "-Wl,-plugin,/tmp/x.so",
    "-Wa,-a=/tmp/x",
    "-Wp,-MD,/tmp/x",
    "-Xlinker",
    "-o/tmp/x",
    "-o",
    "-include",
    "evil.c",
  );
  evil.push(
    "-I/etc",
    "-I../..",
    "-Isrc/../..",
    "-I",
    "-L/tmp",
    "-l:evil.so",
    "-fdump-tree-all=/tmp/x",
    "-MF/tmp/x",
    "-E",
  );
  evil.push(
    "-fprofile-use=/tmp/x",
    "-imacros/etc/passwd",
    "--sysroot=/tmp",
    "-save-temps",
    "-dumpdir",
    "",
    "-D",
    "-x",
    "",
  );
  for (const flag of evil)
    expect(refused(() => parseManifest(manifestText({ build: { flags: ["-O2", flag] } }), "p.toml"))).toEqual([
      expect.stringMatching(/^p\.toml:10:18: flags\[1\](:| is empty)/),
    ]);
});

test("what is up to date is known by the time of everything it is made of", async () => {
  const folder = gain();
  const { manifest } = readPlugin(folder, "box");
  expect(isUpToDate(folder, manifest)).toBe(false);
  await build(folder);
  expect(isUpToDate(folder, manifest)).toBe(true);
  const soon = new Date(Date.now() + 10_000);
  utimesSync(join(folder, "README.md"), soon, soon);
  expect(isUpToDate(folder, manifest)).toBe(true);
  utimesSync(join(folder, "src/smooth_gain.c"), soon, soon);
  expect(isUpToDate(folder, manifest)).toBe(false);
});

test("the headers out of the executable are whole, made once, and the public ones alone", () => {
  const [include, cache] = [join(import.meta.dir, "../../../native/include"), join(fresh(), "cache")];
  const folders = [extractHeaders(include, cache), extractHeaders(include, cache)];
  expect(new Set(folders).size).toBe(1);
  expect(readdirSync(cache)).toHaveLength(1);
  const headers = namesIn(folders[0] ?? "").filter((name) => name.endsWith(".h"));
  expect(headers).toEqual(namesIn(include).filter((name) => name.startsWith("stagebox/") && name.endsWith(".h")));
});
