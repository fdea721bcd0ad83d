// SPDX-License-Identifier: Apache-2.0
//
// Who may import whom. The arrows are those of src/ARCHITECTURE.md and native/README.md.
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { Glob } from "bun";

const root = join(import.meta.dir, "..");

function files(pattern: string): string[] {
  return [...new Glob(pattern).scanSync(root)].sort();
}

function imports(file: string, pattern: RegExp): string[] {
  return [...readFileSync(join(root, file), "utf8").matchAll(pattern)].map((match) => match[1] as string);
}

/** Leaves that everybody may import. */
const LEAVES = ["version", "config", "asset", "triple", "package.json"];

/** A folder (or file) of src/, and what it may import from other folders. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  main: ["cli"],
  cli: ["app", "appliance", "plugins", "project", "runtime", "native", "pipeline", "formats", "store"],
  app: [
    "api",
    "appliance",
    "plugins",
    "project",
    "runtime",
    "native",
    "pipeline",
    "formats",
    "store",
    "vitals",
    "safe-mode",
    "pipeline-starter",
  ],
  "pipeline-starter": ["plugins", "runtime", "pipeline", "store"],
  "safe-mode": ["appliance", "plugins", "runtime", "pipeline", "store"],
  vitals: ["api", "appliance", "runtime", "native"],
  api: ["appliance", "plugins", "runtime", "streams", "pipeline", "store", "formats"],
  appliance: ["pipeline", "store"],
  plugins: ["runtime", "native", "pipeline", "store"],
  project: ["plugins", "runtime", "pipeline", "store", "formats"],
  streams: ["native", "runtime", "pipeline"],
  runtime: ["native", "pipeline", "formats"],
  store: ["pipeline", "formats"],
  formats: ["pipeline"],
  native: ["pipeline", "runtime"],
  pipeline: [],
};

const partOf = (file: string) =>
  normalize(file)
    .replace(/^src\//, "")
    .split("/")[0]
    ?.replace(/\.ts$/, "") ?? "";

test.each(files("src/**/*.ts"))("%s imports only what it may", (file) => {
  const own = partOf(file);
  const foreign = imports(file, /(?:from|import)\s*\(?"(\.[^"]+)"/g)
    .map((path) => partOf(join(dirname(file), path)))
    .filter((part) => part !== own && part !== "" && part !== ".." && !LEAVES.includes(part));
  const allowed = LEAVES.includes(own) ? [] : (MAY_IMPORT[own] ?? []);
  expect(foreign.filter((part) => !allowed.includes(part))).toEqual([]);
});

test("only src/native opens the native library", () => {
  const others = files("src/**/*.ts").filter((file) => !file.startsWith("src/native/"));
  expect(others.filter((file) => imports(file, /from "(bun:ffi)"/g).length > 0)).toEqual([]);
});

test("src/pipeline does nothing but compute", () => {
  const effects = files("src/pipeline/*.ts").filter((file) => imports(file, /from "((?:node|bun):[^"]+)"/g).length > 0);
  expect(effects).toEqual([]);
});

/** A folder of src/plugins, and which of the others it may import. Everybody may import plugin.ts. */
const PLUGIN_FOLDERS: Record<string, readonly string[]> = {
  manifest: [],
  choices: ["manifest"],
  discovery: ["manifest", "choices"],
  signature: ["manifest", "discovery", "install"],
  bus: ["manifest"],
  lifecycle: ["discovery", "choices", "manifest", "signature", "bus", "wasm"],
  generations: ["manifest", "choices", "discovery", "install", "signature"],
  instances: ["lifecycle"],
  shadow: ["lifecycle", "choices", "signature"],
  scaffold: ["manifest"],
  wasm: ["bus"],
  build: ["discovery", "manifest", "wasm"],
  install: ["build", "discovery", "manifest"],
  bundle: ["install", "discovery", "manifest", "signature"],
  index: ["manifest", "choices", "discovery", "install", "signature", "bundle"],
};

test.each(files("src/plugins/*/*.ts"))("%s goes on from what comes before it", (file) => {
  const own = file.split("/")[2] as string;
  const others = imports(file, /from "\.\.\/([a-z]+)\/[^"]+"/g).filter((folder) => folder !== own);
  expect(others.filter((folder) => !PLUGIN_FOLDERS[own]?.includes(folder))).toEqual([]);
});

test("what finds plugins and chooses among them can run none", () => {
  const wrong = files("src/plugins/{manifest,discovery,choices,scaffold}/*.ts").filter(
    (file) => imports(file, /^import (?!type )[^;]*from "([^"]*\/native\/[^"]+)"/gm).length > 0,
  );
  expect(wrong).toEqual([]);
});

const includesOf = (file: string) => imports(file, /^#include ["<]([^">]+)[">]/gm);
const headersOf = (folder: string) =>
  new Set(files(`native/${folder}/*.h`).map((file) => file.split("/").at(-1) as string));

test("dsp/ is arithmetic: libc, libm and itself", () => {
  const own = headersOf("dsp");
  const wrong = files("native/dsp/*.{c,h}").flatMap((file) =>
    includesOf(file)
      .filter((header) => header.includes("/") || (header.endsWith(".h") && !own.has(header) && !isLibc(header)))
      .map((header) => `${file}: ${header}`),
  );
  expect(wrong).toEqual([]);
});

test("stages use the public ABI and dsp/, as any plugin could", () => {
  const own = new Set([...headersOf("dsp"), ...headersOf("stages")]);
  const wrong = files("native/stages/*.{c,h}").flatMap((file) =>
    includesOf(file)
      .filter((header) => !header.startsWith("stagebox/") && !own.has(header) && !isLibc(header))
      .map((header) => `${file}: ${header}`),
  );
  expect(wrong).toEqual([]);
});

test("the engine knows no stage and no kernel by name", () => {
  const dsp = headersOf("dsp");
  const wrong = files("native/engine/**/*.{c,h}").flatMap((file) =>
    includesOf(file)
      .filter((header) => dsp.has(header) && header !== "isa.h" && header !== "fft_backend.h")
      .map((header) => `${file}: ${header}`),
  );
  expect(wrong).toEqual([]);
});

test("no two headers of the engine and of the programs beside it have the same name", () => {
  const names = files("native/{engine,plugin-host,plugin-check,runtimes/script}/**/*.h").map((file) =>
    file.split("/").at(-1),
  );
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

const quotedIn = (file: string) => imports(file, /^#include "([^"]+)"/gm);

test("the engine knows nothing of the programs that plugins run in", () => {
  const programs = new Set([...headersOf("plugin-host"), ...headersOf("plugin-check")]);
  const wrong = files("native/engine/**/*.c").flatMap((file) =>
    quotedIn(file).filter((header) => programs.has(header)),
  );
  expect(wrong).toEqual([]);
});

/** What these programs share with the engine: how it reads libraries, what blocks may be and how they are exchanged, never
 * how it runs graphs. */
const SHARED = ["error.h", "format_limits.h", "json.h", "realtime.h", "ring.h", "saved_state.h", "ticks.h"];

test.each([
  ["plugin-host", ["engine/library", "engine/isolated"]],
  ["plugin-check", ["engine/library", "engine/isolated", "plugin-host"]],
  ["runtimes", ["engine/library"]],
  ["runtimes/python", ["engine/library", "runtimes"]],
  ["runtimes/script", ["engine/library", "engine/isolated", "plugin-host", "plugin-check", "runtimes"]],
])("%s knows no graph", (folder, others) => {
  const known = new Set([...SHARED, ...[folder, ...others].flatMap((it) => [...headersOf(it)])]);
  const wrong = files(`native/${folder}/*.{c,h}`).flatMap((file) =>
    quotedIn(file)
      .filter((header) => !known.has(header))
      .map((header) => `${file}: ${header}`),
  );
  expect(wrong).toEqual([]);
});

test("first-party plugins use the public headers, as anybody's could", () => {
  const internal = new Set(files("native/{dsp,engine,stages,sources}/**/*.h").map((file) => file.split("/").at(-1)));
  const wrong = files("plugins/*/src/*").flatMap((file) => {
    const own = new Set(files(`${dirname(file)}/*.h`).map((header) => header.split("/").at(-1) as string));
    return [
      ...quotedIn(file).filter((header) => !own.has(header)),
      ...imports(file, /^#include <([^>]+)>/gm).filter((header) => internal.has(header)),
    ].map((header) => `${file}: ${header}`);
  });
  expect(wrong).toEqual([]);
});

function isLibc(header: string): boolean {
  return /^(assert|complex|ctype|errno|float|inttypes|limits|math|stdalign|stdarg|stdatomic|stdbool|stddef|stdint|stdio|stdlib|string|strings|immintrin|arm_neon)\.h$/.test(
    header,
  );
}
