// SPDX-License-Identifier: Apache-2.0
//
// stagebox plugin build, of what becomes WebAssembly. Needs clang, lld and wasi-libc; JavaScript, only npm's packages.
import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { builderOf } from "../../../src/plugins/build/builders.ts";
import { readPlugin } from "../../../src/plugins/discovery/read-plugin.ts";
import { pluginName } from "../../../src/plugins/scaffold/plugin-name.ts";
import { scaffold } from "../../../src/plugins/scaffold/scaffold.ts";
import { TEMPLATES } from "../../../src/plugins/scaffold/templates.ts";
import { hostTriple } from "../../../src/triple.ts";
import { problemsOf, testFolders } from "../folders.fixture.ts";
import { hasClang } from "../wasm/components.fixture.ts";

setDefaultTimeout(60_000);
const { fresh } = testFolders();

/** A new plugin, with files of its own. */
function made(template: keyof typeof TEMPLATES.wasm, files: Record<string, string> = {}): string {
  const folder = scaffold(pluginName("my_own"), {
    ...{ runtime: "wasm", template: TEMPLATES.wasm[template] },
    ...{ into: fresh(), author: "Somebody", taken: new Set<string>() },
  });
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

async function build(folder: string) {
  const { manifest } = readPlugin(folder, "box");
  let said = "";
  const signal = new AbortController().signal;
  try {
    return await builderOf(manifest).build(folder, manifest, { signal, tell: (text) => (said += text) });
  } catch (error) {
    (error as Error & { said?: string }).said = said;
    throw error;
  }
}

test.skipIf(!hasClang).each(["gain", "javascript"] as const)(
  "a new plugin builds at once, and is sound: %s",
  async (template) => {
    const folder = made(template);
    const { manifest, warnings } = readPlugin(folder, "box");
    expect(warnings).toEqual([]);
    const builder = builderOf(manifest);
    expect([builder.isMissing(folder, manifest), builder.isUpToDate(folder, manifest, hostTriple)]).toEqual([
      true,
      false,
    ]);
    expect((await build(folder))?.file).toBe(join(folder, "bin/my_own.wasm"));
    expect(readdirSync(join(folder, "bin"))).toEqual(["my_own.wasm"]);
    expect([builder.isMissing(folder, manifest), builder.isUpToDate(folder, manifest, hostTriple)]).toEqual([
      false,
      true,
    ]);
    expect(await builder.inspect(folder, manifest)).toBeUndefined();
    const soon = new Date(Date.now() + 10_000);
    utimesSync(join(folder, manifest.build.sources[0] ?? ""), soon, soon);
    expect(builder.isUpToDate(folder, manifest, hostTriple)).toBe(false);
  },
);

test.skipIf(!hasClang)("what cannot be built says why, and leaves the component that is there", async () => {
  const folder = made("gain");
  const { file = "" } = (await build(folder)) ?? {};
  const before = readFileSync(file);
  const source = readFileSync(join(folder, "src/my_own.c"), "utf8");
  const broken: [string, RegExp][] = [
    ["int x = ;", /^clang ended with 1; what it says stands above$/],
    [source.replace("stagebox_stage", "my_stage"), /^clang ended with 1/],
    [
      source
        .replace("width = sb", '(void)fopen("/etc/passwd", "r"); width = sb')
        .replace("<math.h>", "<math.h>\n#include <stdio.h>"),
      /^the code needs \w+ of WASI: a plugin has no files, clocks or environment/,
    ],
    [
      source
        .replace("static uint32_t width", "static volatile char much[200 << 20];\nstatic uint32_t width")
        .replace("(void)type", "much[count] = 1, (void)type"),
      /^bin\/my_own.wasm: it wants 201 MB of memory at once, of which it may have 128/,
    ],
  ];
  for (const [text, words] of broken) {
    expect(text).not.toBe(source);
    writeFileSync(join(folder, "src/my_own.c"), text);
    expect((await problemsOf(() => build(folder)))[0]).toMatch(words);
    expect(readFileSync(file)).toEqual(before);
  }
});

test.skipIf(!hasClang)("snprintf, malloc and libm need no WASI; what is printed goes nowhere", async () => {
  const folder = made("gain");
  const source = readFileSync(join(folder, "src/my_own.c"), "utf8");
  const uses =
    'char *words = malloc(99);\n  snprintf(words, 99, "%g", sin(in->rate_hz));\n  printf("%s", words);\n  free(words);\n';
  writeFileSync(
    join(folder, "src/my_own.c"),
    source
      .replace("  width = sb", `  ${uses}  width = sb`)
      .replace("<math.h>", "<math.h>\n#include <stdio.h>\n#include <stdlib.h>"),
  );
  expect((await build(folder))?.bytes).toBeGreaterThan(20_000);
});

test("JavaScript that cannot be run says why, with its place", async () => {
  const folder = made("javascript", { "src/my_own.js": "export const processor = {\n  init( {\n" });
  const error = await build(folder).catch((error) => error);
  expect(error.message).toBe("componentize-qjs ended with 1; what it says stands above");
  expect(error.said).toMatch(/my_own\.js:\d/);
});

test("JavaScript imports files beside it, and none from elsewhere", async () => {
  const beside = made("javascript", { "src/gain/factor.js": "export const factor = (db) => 10 ** (db / 20);\n" });
  const source = join(beside, "src/my_own.js");
  const text = readFileSync(source, "utf8");
  writeFileSync(source, `import { factor as of } from "./gain/factor.js";\nof(1);\n${text}`);
  expect((await build(beside))?.bytes).toBeGreaterThan(1_000_000);
  for (const outside of ["node:fs", "../../outside.js", "/etc/passwd"]) {
    writeFileSync(join(beside, "../outside.js"), "export default 1;\n");
    writeFileSync(source, `import it from "${outside}";\n${text}`);
    const error = await build(beside).catch((error) => error);
    expect(error.said).toMatch(/resolve|resolving/);
  }
});

test("nothing that lies in the plugin's folder runs on this machine while it is built", async () => {
  const folder = made("javascript", { "bunfig.toml": 'preload = ["./evil.ts"]\n', "evil.ts": "" });
  const canary = join(folder, "canary");
  writeFileSync(join(folder, "evil.ts"), `require("node:fs").writeFileSync(${JSON.stringify(canary)}, "");\n`);
  const here = process.cwd();
  try {
    process.chdir(folder);
    await build(".");
  } finally {
    process.chdir(here);
  }
  expect(existsSync(canary)).toBe(false);
});

test("one file of JavaScript is what is built, and nothing but C and JavaScript", async () => {
  const two = made("javascript", { "src/other.js": "" });
  const toml = readFileSync(join(two, "plugin.toml"), "utf8");
  writeFileSync(join(two, "plugin.toml"), toml.replace(/^sources = .*$/m, 'sources = ["src/*"]'));
  expect(await problemsOf(() => build(two))).toEqual([
    "sources names src/my_own.js, src/other.js; name the one file of JavaScript that imports the others",
  ]);
  writeFileSync(join(two, "src/one.cpp"), "");
  expect(await problemsOf(() => build(two))).toEqual([
    "src/one.cpp: is no C (.c) or JavaScript (.js) source; see [build] of plugin.toml",
  ]);
});

test("missing tools are named with where they come from", async () => {
  const path = process.env.PATH;
  try {
    process.env.PATH = fresh();
    expect(await problemsOf(() => build(made("gain")))).toEqual([
      "there is no C compiler for WebAssembly; as root: apt-get install clang lld wasi-libc libclang-rt-dev-wasm32",
    ]);
  } finally {
    process.env.PATH = path;
  }
});

test("a component that is none is found out without running it", async () => {
  const folder = made("gain", { "bin/my_own.wasm": "no component" });
  const { manifest } = readPlugin(folder, "box");
  expect(await problemsOf(() => builderOf(manifest).inspect(folder, manifest))).toEqual([
    "bin/my_own.wasm: it is no WebAssembly; make it with stagebox plugin build",
  ]);
});
