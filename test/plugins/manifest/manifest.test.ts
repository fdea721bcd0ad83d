// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { stringify } from "smol-toml";
import { generate, manifestPath } from "../../../scripts/manifest.ts";
import { formatProblem } from "../../../src/pipeline/problem.ts";
import { NO_PERMISSIONS } from "../../../src/plugins/choices/permissions.ts";
import { manifestSchema, parseManifest } from "../../../src/plugins/manifest/parse.ts";
import { problemsOf, refused } from "../../pipeline/refused.fixture.ts";
import { LEAST, manifest, manifestText } from "../manifest.fixture.ts";
import { validManifest } from "./arbitrary.fixture.ts";

const MINUTE = 60_000;

const refusedText = (text: string) => refused(() => parseManifest(text, "p.toml"));
/** Without places, which the key's order in the text decides. */
const refusedWith = (change: object) =>
  problemsOf(() => parseManifest(manifestText(change), "p.toml")).map(({ field, message }) => `${field}: ${message}`);

test("the least manifest gets every default", () => {
  expect(manifest()).toEqual({
    ...LEAST,
    type: "effect",
    category: "other",
    enabled: true,
    capabilities: [],
    requires: {},
    dependencies: {},
    runtime: { kind: "native", isolation: "process", library: "bin/<target-triple>/libgain.so", late: "dry" },
    permissions: NO_PERMISSIONS,
    limits: { memory_mb: 64, cpu_percent: 100, file_mb: 0, processes: 0, open_files: 64 },
    config: [],
    events: [],
    services: [],
    stages: [],
    presets: [],
    build: { sources: ["src/*.c", "src/*.cpp"], libraries: [], flags: [] },
    test: { pipelines: ["test/*.yaml"] },
  });
});

test("defaults are nobody's to change for the next", () => {
  manifest().permissions.read.push("/etc");
  expect(manifest().permissions.read).toEqual([]);
});

test("stages, settings and presets become lists", () => {
  const { stages, config, presets } = manifest({
    config: { gain_db: { kind: "number", default: 0, minimum: -60, unit: "dB" } },
    stages: {
      tone: { role: "source", name: "Tone" },
      file_writer: { role: "sink", name: "Writer", input: "features" },
      gain: {
        name: "Gain",
        output: "spectrum",
        params: [
          { id: "gain", kind: "number", live: true, default: 1 },
          { id: "file", kind: "text" },
        ],
      },
    },
    presets: [{ id: "loud", name: "Loud", file: "presets/loud.yaml" }],
  });
  expect(config).toEqual([{ id: "gain_db", kind: "number", default: 0, minimum: -60, unit: "dB", description: "" }]);
  expect(stages.map(({ type, role, input, output }) => [type, role, input, output])).toEqual([
    ["tone", "source", "none", "signal"],
    ["file_writer", "sink", "features", "none"],
    ["gain", "stage", "signal", "spectrum"],
  ]);
  expect(stages[2]?.params?.map(({ id, required, live }) => [id, required, live])).toEqual([
    ["gain", false, true],
    ["file", true, false],
  ]);
  expect(presets).toEqual([{ id: "loud", name: "Loud", description: "", file: "presets/loud.yaml" }]);
});

test("<name> in the library's pattern is the id", () => {
  const { runtime } = manifest({ id: "my-own_gain", runtime: { library: "out/<target-triple>/<name>.so" } });
  expect(runtime.library).toBe("out/<target-triple>/my_own_gain.so");
});

test("unknown keys are warned about, and left out", () => {
  const text = `${manifestText()}colour = "red"\n[runtime]\nisolaton = "process"\n`;
  const { manifest, warnings } = parseManifest(text, "p.toml");
  expect(manifest).not.toHaveProperty("colour");
  expect(warnings.map(formatProblem)).toEqual([
    expect.stringMatching(/^p\.toml:8:1: "colour" is not known here and has no effect; choose /),
    'p.toml:10:1: "isolaton" is not known here and has no effect; did you mean "isolation"?',
  ]);
});

test("a permission that its limits undo is warned about", () => {
  const of = (limits: object) =>
    parseManifest(manifestText({ permissions: { write: ["/data"] }, limits }), "p.toml").warnings.map(formatProblem);
  expect(of({})).toEqual([
    "p.toml:10:1: write has no effect while no file may hold anything; set file_mb under [limits]",
  ]);
  expect(of({ file_mb: 1 })).toEqual([]);
});

describe("refused", () => {
  test("everything at once, where it stands, with the misspelt key that explains another", () => {
    const text = manifestText({ id: "My Gain", version: "v1", type: "efect" }).replace("authors", "authros");
    expect(refusedText(text)).toEqual([
      "p.toml:1:1: authors is missing: who made it",
      'p.toml:1:6: id: "My Gain" is not an id; write lower-case words joined by - or _, as in my-gain',
      'p.toml:3:11: version: "v1" is not a version; write three numbers, as in 1.0.0 (semver.org)',
      'p.toml:5:1: "authros" is not known here and has no effect; did you mean "authors"?',
      'p.toml:7:8: type: "efect" is not a choice; did you mean "effect"?',
    ]);
  });

  test.each<[object, string]>([
    [{ id: "x".repeat(49) }, "/id: id has 49 characters; at most 48 are allowed"],
    [{ id: "schema" }, '/id: id: "schema" is a word of Stagebox\'s own; choose another'],
    [{ id: 7 }, '/id: id must be text; put it in quotes: "7"'],
    [{ name: " " }, "/name: name is empty; write it, or leave the key out"],
    [
      { version: "1.0.0-01" },
      '/version: version: "1.0.0-01" is not a version; write three numbers, as in 1.0.0 (semver.org)',
    ],
    [{ authors: [] }, "/authors: authors is empty; it needs at least one entry"],
    [
      { description: "a\u0000b" },
      "/description: description holds control characters or broken Unicode; write plain text",
    ],
    [
      { requires: { stagebox: "soon" } },
      '/requires/stagebox: stagebox: "soon" is not a range of versions; write one as in ^1.2.0 or >=0.1.0 <2',
    ],
    [{ requires: { abi: "1" } }, '/requires/abi: abi: "1" is not a version of the ABI; write major.minor, as in 1.0'],
    [{ requires: new Date(0) }, '/requires: requires must be a map of keys and values, not "1970-01-01T00:00:00.000Z"'],
    [
      { dependencies: { "A b": "1" } },
      '/dependencies/A b: "A b" is not an id; write lower-case words joined by - or _, as in my-gain',
    ],
    [{ runtime: { late: "wet" } }, '/runtime/late: late: "wet" is not a choice; choose dry, hold or silence'],
    [{ limits: { memory_mb: 1 } }, "/limits/memory_mb: memory_mb: 1 MB is out of range; choose 8 to 65536 MB"],
    [{ limits: { processes: 1.5 } }, "/limits/processes: processes must be a whole number, not 1.5"],
    [{ permissions: { network: "yes" } }, '/permissions/network: network must be true or false, not "yes"'],
    [
      { permissions: { read: ["etc"] } },
      '/permissions/read/0: read[0]: "etc" is not absolute, recordings: or folders:; write one of these',
    ],
    [
      { permissions: { write: ["/data/../etc"] } },
      '/permissions/write/0: write[0]: "/data/../etc" has . or .. in it; write the path as it is',
    ],
    [
      { permissions: { read: ["/a\nnetwork=true"] } },
      '/permissions/read/0: read[0]: "/a\\nnetwork=true" has a line end or a tab; write the path on one line',
    ],
    [
      { stages: { Gain: { name: "G" } } },
      '/stages/Gain: "Gain" is not snake case; write a lower-case letter, then up to 47 letters, digits or _',
    ],
    [
      { stages: { tone: { name: "T", role: "source", input: "signal" } } },
      "/stages/tone/input: a source has no input; leave it out",
    ],
    [
      { stages: { tone: { name: "T", output: "none" } } },
      "/stages/tone/output: a stage has an output; name what flows there, or change the role",
    ],
    [{ config: { a: { kind: "number" } } }, "/config/a/default: default is missing; without one a would have no value"],
    [
      { config: { a: { kind: "number", default: 3, maximum: 2 } } },
      "/config/a/default: default: 3 is out of range; choose at most 2",
    ],
    [
      { config: { a: { kind: "integer", default: 1, minimum: 5, maximum: 2 } } },
      "/config/a/minimum: minimum: 5 is above maximum 2; exchange them",
    ],
    [
      { config: { a: { kind: "boolean", default: true, minimum: 0 } } },
      "/config/a/minimum: minimum means nothing for kind boolean; leave it out",
    ],
    [
      { config: { a: { kind: "choice", default: "x" } } },
      '/config/a/choices: choices is missing; list what kind = "choice" has to choose from',
    ],
    [
      { config: { a: { kind: "choice", default: "x", choices: ["loud", "quiet"] } } },
      '/config/a/default: default: "x" is not a choice; choose loud or quiet',
    ],
    [
      { config: { a: { kind: "bands", default: { alpha: [13, 8] } } } },
      "/config/a/default/alpha: alpha: 13 is not below 8; a band is [low, high]",
    ],
    [
      {
        presets: [
          { id: "a", name: "A", file: "a" },
          { id: "a", name: "B", file: "b" },
        ],
      },
      '/presets/1/id: "a" is the id of an entry above; give each its own',
    ],
    [
      { build: { libraries: ["-Wl,x"] } },
      '/build/libraries/0: libraries[0]: "-Wl,x" is not a library\'s name; write fftw3f for -lfftw3f',
    ],
    [
      { permissions: { processes: true } },
      "/permissions/processes: processes asks to start other programs, of which [limits] lets none run; set processes there, too",
    ],
    [
      { ui: { bundle: "bundle.js", component_name: "Panel" } },
      "/ui/bundle: bundle lies beside plugin.toml; give it a folder of its own, as in ui/bundle.js",
    ],
    [
      { ui: { bundle: "ui/bundle.js", component_name: "Panel", icon: "uis/icon.svg" } },
      "/ui/icon: icon is not in ui/, of which alone a console is given files; put it there",
    ],
    [{ ui: { bundle: "b.js" } }, "/ui/component_name: component_name is missing: what the module exports"],
  ])("%j", (change, problem) => {
    expect(refusedWith(change)).toEqual([problem]);
  });

  test.each([
    ["/abs.yaml", "is absolute; write it from the plugin's folder on"],
    ["../up.yaml", "leads out of the plugin's folder; keep the file inside"],
    ["a/../../up.yaml", "leads out of the plugin's folder; keep the file inside"],
    ["a\\b.yaml", "has a backslash; part folders by /"],
    ["./a.yaml", 'has "." hidden part; write names alone: a/b.c'],
    [".git/config", 'has ".git" hidden part; write names alone: a/b.c'],
    ["a//b", "has an empty or hidden part; write names alone: a/b.c"],
    ["presets/*.yaml", "has characters of a pattern; name one file"],
    ["<target-triple>/a", "has < or >; only library may have <target-triple> and <name>"],
  ])("a preset in %j", (file, words) => {
    const [problem = ""] = refusedWith({ presets: [{ id: "a", name: "A", file }] });
    expect(problem).toEndWith(words);
  });

  test("too much of everything", () => {
    const stages = Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`s${i}`, { name: "S" }]));
    expect(refusedWith({ stages })).toEqual(["/stages: stages has 65 entries; at most 64 are allowed"]);
    expect(refusedText("x".repeat(70_000))).toEqual(["p.toml: has 70000 bytes; at most 65536 are allowed"]);
  });
});

describe("whatever comes in", () => {
  test.each([
    ["unknown keys", (i: number) => `${i.toString(36)}x = 1\n`],
    ["tables", (i: number) => `[stages.s${i}]\n`],
    ["bad names", (i: number) => `[config.S${i}]\n`],
    ["lists of tables", () => "[[presets]]\n"],
  ])("a file full of %s costs milliseconds", (_, line) => {
    let text = manifestText();
    for (let i = 0; text.length < 65_000; i++) text += line(i);
    const begin = process.cpuUsage();
    const problems = problemsOf(() => parseManifest(text, "p.toml"));
    const { user, system } = process.cpuUsage(begin);
    expect(problems.length).toBeLessThanOrEqual(200);
    expect((user + system) / 1000).toBeLessThan(3000);
  });

  const names = fc.constantFrom(
    ...Object.keys(manifest()),
    "ui",
    "a",
    "__proto__",
    "kind",
    "default",
    "params",
    "name",
    "role",
  );
  const junk = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom<unknown>("gain", "1.0.0", "", 1, -1.5, true, "native", "number", new Date(0), Number.NaN),
      fc.array(tie("node"), { maxLength: 3 }),
      fc.dictionary(names, tie("node"), { maxKeys: 4 }),
    ),
  })).node;

  test(
    "nothing but ProblemsError is thrown, and each problem says where",
    () => {
      let refusals = 0;
      const change = fc.dictionary(names, junk, { minKeys: 1, maxKeys: 3 });
      fc.assert(
        fc.property(change, (change) => {
          for (const problem of problemsOf(() => parseManifest(manifestText(change), "p.toml"))) {
            refusals++;
            expect(problem).toMatchObject({
              file: "p.toml",
              field: expect.stringMatching(/^\//),
              line: expect.any(Number),
              column: expect.any(Number),
            });
            expect(problem.message.length).toBeLessThan(600);
          }
        }),
        { numRuns: 1000 },
      );
      expect(refusals).toBeGreaterThan(500);
    },
    MINUTE,
  );

  test(
    "a manifest says what was written, and nothing else",
    () => {
      fc.assert(
        fc.property(validManifest, (written) => {
          const { manifest, warnings } = parseManifest(stringify(written), "p.toml");
          const { config = {}, stages = {}, ...rest } = written;
          expect(warnings).toEqual([]);
          expect(manifest).toMatchObject(rest as object);
          const byKey = Object.entries(config).map(([id, it]) => ({ id, ...it }));
          expect(manifest.config).toMatchObject(byKey);
          expect(manifest.stages).toMatchObject(Object.entries(stages).map(([type, it]) => ({ type, ...it })));
        }),
        { numRuns: 300 },
      );
    },
    MINUTE,
  );
});

describe("the JSON schema", () => {
  const schema = manifestSchema();

  test("asks for the same keys as the checks", () => {
    expect(schema.$schema).toBe("https://json-schema.org/draft/2020-12/schema");
    expect(schema.required?.toSorted()).toEqual(Object.keys(LEAST).toSorted());
    const missing = problemsOf(() => parseManifest("", "p.toml")).map(({ field }) => field?.slice(1) ?? "");
    expect(missing.toSorted()).toEqual(schema.required?.toSorted() ?? []);
  });

  test("knows every key of a manifest, describes it, and gives its default", () => {
    const known = schema.properties ?? {};
    expect(Object.keys(known).toSorted()).toEqual([...Object.keys(manifest()), "main", "ui"].toSorted());
    expect(Object.values(known).every(({ description }) => description)).toBe(true);
    expect(known.limits?.properties?.memory_mb).toEqual({
      type: "integer",
      minimum: 8,
      maximum: 65536,
      description:
        "Memory of its process; 384 for python, which needs 128, and 192 for script, wasm and service, which need 96.",
      default: 64,
    });
  });

  test("is JSON", () => {
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
  });
});

test("the committed reference is that of the description; if not, `npm run manifest`", async () => {
  expect(await Bun.file(manifestPath).text()).toBe(generate());
});
