// SPDX-License-Identifier: Apache-2.0
//
// Plugins in Python: what their manifest must say, what their code must be to it, and what reaches the code.
import { afterAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "smol-toml";
import { parse } from "../../../src/pipeline/parse.ts";
import { messageOf } from "../../../src/pipeline/problem.ts";
import { validate } from "../../../src/pipeline/validate.ts";
import { checkPython } from "../../../src/plugins/build/python-check.ts";
import { readPlugin } from "../../../src/plugins/discovery/read-plugin.ts";
import { type OpenPlugin, openPlugin } from "../../../src/plugins/lifecycle/open-plugin.ts";
import { parseManifest } from "../../../src/plugins/manifest/parse.ts";
import { LiveCatalog } from "../../../src/runtime/catalog.ts";
import { runOffline } from "../../../src/runtime/offline.ts";
import { problemsOf, testFolders } from "../folders.fixture.ts";
import { LEAST, writeTree } from "../manifest.fixture.ts";

const root = join(import.meta.dir, "../../..");
const { fresh } = testFolders();
const python = (...words: string[]) => Bun.spawnSync(["/usr/bin/python3", "-B", ...words]);
const hasNumpy = python("-c", "import numpy").success;
const hasScipy = python("-c", "import scipy").success;
if (!hasNumpy) console.log("skipped: plugins in Python: there is no python3-numpy");
if (!hasScipy) console.log("skipped: the blink remover against scipy: there is no python3-scipy");

const GAIN = { id: "gain_db", kind: "number", default: 0, live: true, unit: "dB", description: "Gain." };

/** A manifest with one stage, changed. */
function manifestOf({ stage = {}, ...change }: Record<string, unknown> & { stage?: object } = {}): string {
  const scale = { name: "Scale", description: "Scales.", params: [GAIN], ...stage };
  return stringify({ ...LEAST, runtime: { kind: "python", script: "stage.py" }, stages: { scale }, ...change });
}

const open: OpenPlugin[] = [];
afterAll(() => {
  for (const { library } of open) library?.close();
});

async function opened(code: string, manifest = manifestOf(), more: Record<string, string> = {}): Promise<OpenPlugin> {
  const folder = fresh();
  writeTree(folder, { "plugin.toml": manifest, "stage.py": code, ...more });
  const plugin = await openPlugin(readPlugin(folder, "box"), {}, {});
  open.push(plugin);
  return plugin;
}

/** Why it cannot be opened. */
async function refusalOf(code: string, manifest?: string): Promise<string> {
  return opened(code, manifest).then(
    () => "it was opened",
    (error) => messageOf(error).replace(/^.*?stage\.py: /, ""),
  );
}

describe("a manifest", () => {
  const cases: [string, Parameters<typeof manifestOf>[0], string][] = [
    ["without a script", { runtime: { kind: "python" } }, "script is missing"],
    ["with another file", { runtime: { kind: "python", script: "stage.js" } }, '"stage.js" does not end with .py'],
    ["with a library", { runtime: { kind: "python", script: "a.py", library: "a.so" } }, "library means nothing"],
    [
      "of a native plugin with a script",
      { runtime: { kind: "native", script: "a.py" } },
      "script means nothing for kind",
    ],
    [
      "in this process",
      { runtime: { kind: "python", script: "a.py", isolation: "in-process" } },
      "of its own; leave it",
    ],
    ["with compiler's flags", { build: { flags: ["-O3"] } }, "[build] is for native plugins"],
    ["with little memory", { limits: { memory_mb: 64 } }, "128 MB are the least"],
    ["without a description", { stage: { description: "" } }, "description is missing"],
    ["with one bound", { stage: { params: [{ ...GAIN, minimum: 0 }] } }, "gain_db has one of minimum and maximum"],
    [
      "with a name that is a list",
      { stage: { params: [{ id: "names", kind: "names", default: ["a, b"] }] } },
      '"a, b" has one of',
    ],
  ];
  test.each(cases)("%s is refused", async (_name, change, words) => {
    const problems = await problemsOf(() => parseManifest(manifestOf(change), "plugin.toml"));
    expect(problems.join("\n")).toContain(words);
    expect(problems.every((line) => /^plugin\.toml:\d+/.test(line))).toBe(true);
  });

  test("has the limits of its kind", () => {
    const limits = (text: string) => parseManifest(text, "plugin.toml").manifest.limits.memory_mb;
    expect(limits(manifestOf())).toBe(384);
    expect(limits(manifestOf({ limits: { memory_mb: 200 } }))).toBe(200);
    expect(limits(stringify(LEAST))).toBe(64);
  });
});

describe.skipIf(!hasNumpy)("code that does not go with its manifest is refused, and both are named:", () => {
  const scale = "[stages.scale] of plugin.toml";
  const cases: [string, string, string][] = [
    [
      "nothing",
      "x = 1",
      `${scale} is declared, and stage.py has no class or function scale or Scale, and no function process`,
    ],
    [
      "a parameter too many",
      "def process(samples): pass",
      `${scale} has the parameter gain_db, which process does not take`,
    ],
    [
      "an argument too many",
      "def scale(samples, gain_db, low_hz): pass",
      `scale wants low_hz, which ${scale} does not declare; there are block, out, gain_db`,
    ],
    ["no method", "class Scale: pass", `class Scale has no process, which ${scale} needs`],
    [
      "no set",
      "class Scale:\n def process(self, samples): pass",
      `gain_db is live in ${scale}, and class Scale has no set(self, name, value)`,
    ],
    [
      "half a state",
      "class Scale:\n def process(self, x): pass\n def set(self, n, v): pass\n def save(self): pass",
      "class Scale has one of save and load; write both, or none",
    ],
    [
      "an exception",
      "def scale(x, gain_db): pass\n1 / 0",
      "stage.py cannot be run: ZeroDivisionError: division by zero (stage.py:2)",
    ],
    ["no Python", "def scale(x:", "stage.py cannot be run: SyntaxError: '(' was never closed (stage.py:1)"],
    [
      "an import that is not there",
      "import nowhere",
      "stage.py cannot be run: ModuleNotFoundError: No module named 'nowhere' (stage.py:1)",
    ],
    ["an end", "raise SystemExit(3)", "stage.py cannot be run: SystemExit: 3 (stage.py:1)"],
  ];
  test.each(cases)("%s", async (_name, code, words) => {
    expect(await refusalOf(code)).toBe(words);
  });

  test("a source that is no class", async () => {
    const manifest = manifestOf({ stage: { role: "source", params: [] } });
    expect(await refusalOf("def read(frames): pass", manifest)).toBe(
      `${scale} is a source, and read no class, which could say what will come`,
    );
  });

  test("what lies beside it may be imported, and no cache that came along with it", async () => {
    const folder = fresh();
    writeTree(folder, {
      "plugin.toml": manifestOf(),
      "stage.py": "from beside import process",
      "beside.py": "def process(samples, gain_db): return samples",
      "other.py": "raise Exception('of the cache')",
    });
    // One that Python would take unseen.
    const compile = [
      "import py_compile, sys",
      "to = f'__pycache__/beside.{sys.implementation.cache_tag}.pyc'",
      "py_compile.compile('other.py', to, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)",
    ];
    expect(Bun.spawnSync(["/usr/bin/python3", "-c", compile.join("\n")], { cwd: folder }).success).toBe(true);
    expect(Bun.spawnSync(["/usr/bin/python3", "-c", "import beside"], { cwd: folder }).stderr.toString()).toContain(
      "of the cache",
    );
    const plugin = await openPlugin(readPlugin(folder, "box"), {}, {});
    open.push(plugin);
    expect(plugin.components.stages.map(({ type }) => type)).toEqual(["scale"]);
  });
});

/** Each kind of parameter, and how Python shows its value. */
const PARAMS: [object, string][] = [
  [{ id: "number", kind: "number", default: 1.5, unit: "Hz", minimum: -2, maximum: 2 }, "1.5"],
  [{ id: "integer", kind: "integer", default: -7, live: true }, "-7"],
  [{ id: "boolean", kind: "boolean", default: true }, "True"],
  [{ id: "choice", kind: "choice", choices: ["hann", "größe"], default: "größe" }, "'größe'"],
  [{ id: "text", kind: "text", default: "a b" }, "'a b'"],
  [{ id: "numbers", kind: "numbers", default: [1, 2.5] }, "[1.0, 2.5]"],
  [{ id: "names", kind: "names", default: ["C3", "Fp1-F7"] }, "['C3', 'Fp1-F7']"],
  [{ id: "nothing", kind: "names", default: [] }, "[]"],
  [
    { id: "bands", kind: "bands", default: { alpha: [8, 13], beta: [13, 30] } },
    "{'alpha': (8.0, 13.0), 'beta': (13.0, 30.0)}",
  ],
];

describe.skipIf(!hasNumpy)("what a manifest declares", () => {
  const manifest = manifestOf({
    stage: { output: "features", params: PARAMS.map(([param]) => ({ description: "One.", ...param })) },
  });
  const code = `
class Scale:
    def __init__(self, params, format):
        raise ValueError(f"{params} {format.port} {format.rate_hz} {list(format.channels)} {format.unit}")
    def set(self, name, value): pass
    def process(self, samples): pass
`;

  test("is what stands in the catalogue, word for word", async () => {
    const { found, components } = await opened(code, manifest);
    const [notice] = found.manifest.stages;
    const { name, description, input, output, params } = notice ?? {};
    expect(components.stages).toEqual([
      expect.objectContaining({ type: "scale", name, description, input, output, params }) as never,
    ]);
  });

  test("reaches the code as Python has it, and its words for a refusal come back", async () => {
    const { components } = await opened(code, manifest);
    const catalog = new LiveCatalog();
    catalog.replace(undefined, components);
    const text =
      "schema: 1\nname: x\nsource: { id: board, type: synthetic, params: { channels: 2, rate_hz: 500 } }\nstages: [{ id: s, type: scale }]\n";
    const pipeline = validate(parse(text, "x.yaml"), catalog);
    const signal = new AbortController().signal;
    const openSink = () => {
      throw new Error("there is none");
    };
    const told = await runOffline(pipeline, {
      ...{ catalog, resolveFile: (file: string) => file, sinks: [], openSink, seconds: 1, signal },
    }).then(String, messageOf);
    const values = PARAMS.map(([param, shown]) => `'${(param as { id: string }).id}': ${shown}`).join(", ");
    expect(told).toContain(`{${values}} signal 500.0 ['Fp1', 'Fp2'] uV`);
  });
});

test.skipIf(!existsSync("/usr/bin/python3"))("its syntax is checked, file by file, and none of it run", async () => {
  const folder = fresh();
  const canary = join(folder, "canary");
  const files = {
    "plugin.toml": manifestOf(),
    "stage.py": `open(${JSON.stringify(canary)}, "w")\n`,
    "part/one.py": "def f(:\n",
    "part/two.py": "x = 1\0",
  };
  writeTree(folder, files);
  const { manifest } = readPlugin(folder, "box");
  const problems = await problemsOf(() => checkPython(folder, manifest));
  expect(problems).toEqual([
    expect.stringMatching(/part\/one\.py:1:7: invalid syntax/),
    expect.stringMatching(/part\/two\.py: .*null bytes/),
  ]);
  expect(existsSync(canary)).toBe(false);
});

test.skipIf(!hasScipy)("the blink remover finds what scipy finds", () => {
  const { stdout, stderr } = python(
    join(import.meta.dir, "blink_remover_check.py"),
    join(root, "plugins/blink-remover"),
  );
  expect(stderr.toString()).toBe("");
  const told = JSON.parse(stdout.toString());
  expect(told.degrees_from_svd).toBeLessThan(1e-3);
  expect(told.degrees_from_truth).toBeLessThan(1);
  expect(told.off_by_rms_uv).toBeLessThan(0.1);
  expect(told.blink_before_uv).toBeGreaterThan(150);
  expect(told.blink_after_uv).toBeLessThan(15);
});
