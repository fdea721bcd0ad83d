// SPDX-License-Identifier: Apache-2.0
//
// Plugins in TypeScript: what their code must be to their manifest, what reaches it, and what is found before it runs.
import { afterAll, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { stringify } from "smol-toml";
import { checkPlugin } from "../../../src/cli/plugin-check/check-plugin.ts";
import { parse } from "../../../src/pipeline/parse.ts";
import { messageOf } from "../../../src/pipeline/problem.ts";
import { validate } from "../../../src/pipeline/validate.ts";
import { checkScript } from "../../../src/plugins/build/script-check.ts";
import { codeFiles } from "../../../src/plugins/discovery/plugin-library.ts";
import { readPlugin } from "../../../src/plugins/discovery/read-plugin.ts";
import { type OpenPlugin, openPlugin } from "../../../src/plugins/lifecycle/open-plugin.ts";
import { parseManifest } from "../../../src/plugins/manifest/parse.ts";
import { LiveCatalog } from "../../../src/runtime/catalog.ts";
import { runOffline } from "../../../src/runtime/offline.ts";
import { hostTriple } from "../../../src/triple.ts";
import { problemsOf, testFolders } from "../folders.fixture.ts";
import { LEAST, writeTree } from "../manifest.fixture.ts";

const { fresh } = testFolders();
const GAIN = { id: "gain_db", kind: "number", default: 0, live: true, unit: "dB", description: "Gain." };

/** A manifest with one stage, changed. */
function manifestOf({ stage = {}, ...change }: Record<string, unknown> & { stage?: object } = {}): string {
  const scale = { name: "Scale", description: "Scales.", params: [GAIN], ...stage };
  return stringify({ ...LEAST, runtime: { kind: "script", script: "stage.ts" }, stages: { scale }, ...change });
}

const open: OpenPlugin[] = [];
afterAll(() => {
  for (const { library } of open) library?.close();
});

async function opened(code: string, manifest = manifestOf(), more: Record<string, string> = {}): Promise<OpenPlugin> {
  const folder = fresh();
  writeTree(folder, { "plugin.toml": manifest, "stage.ts": code, ...more });
  const plugin = await openPlugin(readPlugin(folder, "box"), {}, {});
  open.push(plugin);
  return plugin;
}

/** Why it cannot be opened. */
async function refusalOf(code: string, manifest?: string): Promise<string> {
  return opened(code, manifest).then(
    () => "it was opened",
    (error) => messageOf(error).replace(/^.*?stage\.ts: /, ""),
  );
}

test("a manifest has the limits of its kind, and a file of its kind", async () => {
  expect(parseManifest(manifestOf(), "plugin.toml").manifest.limits.memory_mb).toBe(192);
  const other = manifestOf({ runtime: { kind: "script", script: "stage.js" } });
  expect(await problemsOf(() => parseManifest(other, "plugin.toml"))).toEqual([
    expect.stringContaining('"stage.js" does not end with .ts'),
  ]);
});

describe("code that does not go with its manifest is refused, and both are named:", () => {
  const scale = "[stages.scale] of plugin.toml";
  const cases: [string, string, string][] = [
    [
      "nothing",
      "export const x = 1;",
      `${scale} is declared, and stage.ts exports no function or class scale or Scale or process or default`,
    ],
    ["no method", "export class Scale {}", `class Scale has no process, which ${scale} needs`],
    [
      "half a state",
      "export class Scale { process() {} save() {} }",
      "class Scale has one of save and load; write both, or none",
    ],
    [
      "an exception",
      "export function scale() {}\nnull.x;",
      "stage.ts cannot be run: TypeError: null is not an object (evaluating 'null.x') (stage.ts:2)",
    ],
    ["what is no error", "throw undefined;", "stage.ts cannot be run: threw undefined"],
    [
      "what has no words",
      "throw new Proxy({}, { getPrototypeOf() { throw 1; } });",
      "stage.ts cannot be run: threw something that has no words",
    ],
  ];
  test.each(cases)("%s", async (_name, code, words) => {
    expect(await refusalOf(code)).toBe(words);
  });

  test("a source that is no class", async () => {
    const manifest = manifestOf({ stage: { role: "source", params: [] } });
    expect(await refusalOf("export function read() {}", manifest)).toBe(
      `${scale} is a source, and read no class, which could say what will come`,
    );
  });

  test("what awaits for ever", async () => {
    expect(await refusalOf("await new Promise(() => {});")).toContain("still awaits something after 10 s");
  }, 30_000);

  test("what lies beside it may be imported; neither what surrounds it nor its own words for Bun are read", async () => {
    const plugin = await opened('import { scale } from "./beside.ts";\nexport { scale };', manifestOf(), {
      "beside.ts": 'import { config } from "stagebox";\nexport function scale() { return config; }',
      "bunfig.toml": 'preload = ["./preload.ts"]',
      "preload.ts": 'throw new Error("preloaded")',
      ".env": "BUN_INSPECT=1",
    });
    expect(plugin.components.stages.map(({ type }) => type)).toEqual(["scale"]);
  });
});

/** What the end of a pipeline puts out, or why there is none. */
async function run(plugin: OpenPlugin, params: object = {}): Promise<string> {
  const catalog = new LiveCatalog();
  catalog.replace(undefined, plugin.components);
  const text = `schema: 1\nname: x\nsource: { id: board, type: synthetic, params: { channels: 2, rate_hz: 500 } }\nstages: [{ id: s, type: scale, params: ${JSON.stringify(params)} }]\n`;
  const pipeline = validate(parse(text, "x.yaml"), catalog);
  const signal = new AbortController().signal;
  const openSink = () => {
    throw new Error("there is none");
  };
  return runOffline(pipeline, {
    ...{ catalog, resolveFile: (file: string) => file, sinks: [], openSink, seconds: 1, signal },
  }).then(() => plugin.library?.log() ?? "", messageOf);
}

/** Each kind of parameter. */
const PARAMS: object[] = [
  { id: "number", kind: "number", default: 1.5, unit: "Hz", minimum: -2, maximum: 2 },
  { id: "integer", kind: "integer", default: -7, live: true },
  { id: "boolean", kind: "boolean", default: true },
  { id: "choice", kind: "choice", choices: ["hann", "größe"], default: "größe" },
  { id: "text", kind: "text", default: "a b" },
  { id: "numbers", kind: "numbers", default: [1, 2.5] },
  { id: "names", kind: "names", default: ["C3", "Fp1-F7"] },
  { id: "nothing", kind: "names", default: [] },
  { id: "bands", kind: "bands", default: { alpha: [8, 13], beta: [13, 30] } },
];

describe("what a manifest declares", () => {
  const manifest = manifestOf({
    stage: { output: "features", params: PARAMS.map((param) => ({ description: "One.", ...param })) },
  });
  const code = `
export class Scale {
  constructor(params: object, { port, rate_hz, channels, unit }) {
    throw new Error(JSON.stringify({ params, port, rate_hz, channels, unit }));
  }
  process() {}
}`;

  test("is what stands in the catalogue, word for word", async () => {
    const { found, components } = await opened(code, manifest);
    const [notice] = found.manifest.stages;
    const { name, description, input, output, params } = notice ?? {};
    expect(components.stages).toEqual([
      expect.objectContaining({ type: "scale", name, description, input, output, params }) as never,
    ]);
  });

  test("reaches the code, and its words for a refusal come back", async () => {
    const told = await run(await opened(code, manifest));
    const params = Object.fromEntries(
      PARAMS.map((it) => [(it as { id: string }).id, (it as { default: unknown }).default]),
    );
    expect(JSON.parse(told.slice(told.indexOf("{")))).toEqual({
      ...{ params, port: "signal", rate_hz: 500, channels: ["Fp1", "Fp2"], unit: "uV" },
    });
  });
});

test("arrays are the memory that the engine shares with the process, and no copies", async () => {
  const code = `
const fs = globalThis.process.getBuiltinModule("node:fs");
const { ptr } = globalThis.process.getBuiltinModule("bun:ffi");
const shared = (address) => fs.readFileSync("/proc/self/maps", "utf8").split("\\n").some((line) => {
  const [, from, to] = /^(\\w+)-(\\w+) .*memfd:stagebox/.exec(line) ?? [];
  return parseInt(from, 16) <= address && address < parseInt(to, 16);
});
let blocks = 0;
export function scale(samples, { out }) {
  out.set(samples);
  if (blocks++ === 3) console.log("shared", shared(ptr(samples)), shared(ptr(out)), shared(ptr(new Float32Array(8))));
}`;
  expect(await run(await opened(code))).toContain("shared true true false");
});

describe("what awaits something", () => {
  const { signal } = new AbortController();

  test("is answered for, and the conformance suite finds nothing", async () => {
    const code = `
import type { Block, Format, Stage } from "stagebox";
export class Scale implements Stage {
  gain = 0;
  output: Format;
  constructor(params: object, format: Format) { this.output = format; }
  async open() {
    await Bun.sleep(1);
    this.gain = 2;
    this.output = { ...this.output, unit: "mV" };
  }
  async process(samples: Float32Array, { out }: Block) {
    await Promise.resolve();
    for (let i = 0; i < samples.length; i++) out[i] = this.gain * samples[i];
    await new Promise((resolve) => setImmediate(resolve));
  }
}`;
    const { found } = await opened(code, manifestOf({ stage: { params: [] } }));
    writeTree(found.folder, { "README.md": "# Scale" });
    const failed: string[] = [];
    for await (const { case: name, result, reason } of checkPlugin(found, { seed: 1, quick: true, signal }))
      if (result === "failed") failed.push(`${name}: ${reason}`);
    expect(failed).toEqual([]);
  });

  test("is refused in its words while it opens", async () => {
    const code = 'export class Scale { async open() { throw new Error("no such weights"); } process() {} }';
    expect(await run(await opened(code))).toContain("no such weights");
  });

  test("costs its block if it fails, and its process if it goes on", async () => {
    const told = await run(await opened('export async function scale() { throw new RangeError("away"); }'));
    expect(told).toContain("RangeError: away");
    expect(told).toContain("an exception in block after block, so its process ends");
  });
});

test("features, sources, sinks, states and events: the conformance suite finds nothing", async () => {
  const said = (type: string, more: object) => [type, { name: type, description: "For a test.", ...more }];
  const weight = {
    id: "weight",
    kind: "number",
    minimum: 0,
    maximum: 1,
    default: 0.5,
    live: true,
    description: "Weight.",
  };
  const stages = Object.fromEntries([
    said("my_features", { output: "features" }),
    said("my_filter", { params: [weight] }),
    said("my_source", { role: "source" }),
    said("my_sink", { role: "sink" }),
    said("my_marks", {}),
  ]);
  const folder = fresh();
  const code = readFileSync(join(import.meta.dir, "shapes.ts"), "utf8");
  writeTree(folder, { "plugin.toml": manifestOf({ stages }), "stage.ts": code });
  const { signal } = new AbortController();
  const results = await Array.fromAsync(checkPlugin(readPlugin(folder, "box"), { seed: 7, quick: true, signal }));
  const ran = results.filter(({ stage }) => stage);
  const failed = ran.filter(({ result }) => result === "failed");
  expect(failed.map(({ stage, case: name, reason }) => `${stage}: ${name}: ${reason}`)).toEqual([]);
  const passed = ran.filter(({ result }) => result === "passed").map(({ stage, case: name }) => `${stage}: ${name}`);
  for (const one of [
    "my_features: shape",
    "my_filter: state",
    "my_filter: foreign state",
    "my_source: read",
    "my_marks: events",
  ])
    expect(passed).toContain(one);
}, 60_000);

describe("what it imports is looked at, file by file, and none of it run:", () => {
  const canary = join(fresh(), "canary");
  const cases: [string, string, RegExp][] = [
    ["a module of Bun's", 'import "bun:ffi";', /stage\.ts:2:8: imports "bun:ffi"; a plugin has its own files and/],
    ["a package", 'import x from "lodash"; x();', /imports "lodash"/],
    ["a file elsewhere", 'import "../../etc/x.ts";', /lies outside of the plugin's folder/],
    ["one that is not there", 'import "./beside.ts";', /imports ".\/beside\.ts", which is not there/],
    ["its own tests", 'import "./test/beside.ts";', /imports ".\/test\/beside\.ts", which is for its tests/],
    ["half a name", 'import "./beside";', /write the whole name/],
    ["no TypeScript", "export function (", /stage\.ts:2:\d+: /],
  ];
  test.each(cases)("%s", async (_name, code, words) => {
    const folder = fresh();
    writeTree(folder, {
      "plugin.toml": manifestOf(),
      "stage.ts": `globalThis.process.getBuiltinModule("node:fs").writeFileSync(${JSON.stringify(canary)}, "");\n${code}`,
    });
    const { manifest } = readPlugin(folder, "box");
    expect((await problemsOf(() => checkScript(folder, manifest))).join("\n")).toMatch(words);
    expect(existsSync(canary)).toBe(false);
  });
});

test("its tests, and packages for them, are no code of its own, and may import what they like", async () => {
  const folder = fresh();
  writeTree(folder, {
    ...{ "plugin.toml": manifestOf(), "stage.ts": "export function scale(x) { return x; }" },
    ...{ "test/stage.test.ts": 'import "bun:test";', "node_modules/stagebox/test.ts": 'import "bun:ffi";' },
  });
  const { manifest } = readPlugin(folder, "box");
  expect(codeFiles(manifest, folder, hostTriple)).toEqual(["stage.ts"]);
  expect(checkScript(folder, manifest)).toBeUndefined();
});

test.skipIf(process.getuid?.() !== 0)("root's plugins lie in folders that are closed to others", async () => {
  const folder = join(fresh(), "closed/plugin");
  writeTree(folder, { "plugin.toml": manifestOf(), "stage.ts": "export function scale(x) { return x; }" });
  chmodSync(dirname(folder), 0o700);
  const plugin = await openPlugin(readPlugin(folder, "box"), {}, {});
  open.push(plugin);
  expect(plugin.components.stages).toHaveLength(1);
});
