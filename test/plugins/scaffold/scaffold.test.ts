// SPDX-License-Identifier: Apache-2.0
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { parse } from "yaml";
import { readArguments } from "../../../src/cli/arguments.ts";
import { commands } from "../../../src/cli/commands.ts";
import { Library } from "../../../src/native/library.ts";
import { buildPlugin } from "../../../src/plugins/build/build.ts";
import { readPlugin } from "../../../src/plugins/discovery/read-plugin.ts";
import { openPlugin } from "../../../src/plugins/lifecycle/open-plugin.ts";
import { isPluginId } from "../../../src/plugins/manifest/rules.ts";
import { pluginName } from "../../../src/plugins/scaffold/plugin-name.ts";
import { scaffold } from "../../../src/plugins/scaffold/scaffold.ts";
import { TEMPLATES } from "../../../src/plugins/scaffold/templates.ts";
import { namesIn, problemsOf, testFolders } from "../folders.fixture.ts";

setDefaultTimeout(60_000);
const { fresh } = testFolders();

type TemplateName = keyof typeof TEMPLATES.native;

function make(typed: string, template: TemplateName = "gain", into = fresh()): string {
  const options = { into, author: 'Ann "A" Author $&', taken: new Set(["gain", "rms"]) };
  return scaffold(pluginName(typed), { runtime: "native", template: TEMPLATES.native[template], ...options });
}

const names: [typed: string, id: string, snake: string, title: string][] = [
  ["my_gain", "my_gain", "my_gain", "My gain"],
  ["my-gain", "my-gain", "my_gain", "My gain"],
  ["My gain", "my-gain", "my_gain", "My gain"],
  ["MyGain2", "my-gain2", "my_gain2", "My gain2"],
  ["a--b", "a-b", "a_b", "A b"],
  ["beats", "beats", "beats", "Beats"],
];
for (const [typed, id, snake, title] of names) {
  test(`${typed} becomes ${id}, ${snake}, ${title}`, () => {
    expect(pluginName(typed)).toEqual({ id, snake, kebab: snake.replaceAll("_", "-"), title });
  });
}

for (const typed of [
  "",
  "../x",
  "a/b",
  "7up",
  "größe",
  "x".repeat(49),
  "int",
  "Log",
  "schema",
  "a\nb;",
  "-x",
  "$(x)",
]) {
  test(`${JSON.stringify(typed)} names no plugin, and the remedy is said`, async () => {
    if (typed === "-x") expect(pluginName(typed).id).toBe("x");
    else expect(await problemsOf(() => pluginName(typed))).toEqual([expect.stringMatching(/; /)]);
  });
}

test("whatever is typed is refused, or makes an id", () => {
  const holds = fc.property(fc.string({ unit: "binary", maxLength: 12 }), (typed) => {
    try {
      const { id, snake } = pluginName(typed);
      expect(isPluginId(id)).toBe(true);
      expect(snake).toMatch(/^[a-z][a-z0-9_]*$/);
    } catch (error) {
      expect((error as Error).name).toBe("ProblemsError");
    }
  });
  fc.assert(holds, { numRuns: 2000 });
});

for (const template of Object.keys(TEMPLATES.native) as TemplateName[]) {
  describe(`the template ${template}`, () => {
    const name = `new-${template}`;
    const type = `new_${template}`;

    test("builds without a warning and brings a component of the new name", async () => {
      const folder = make(name, template);
      const { manifest, warnings } = readPlugin(folder, "box");
      expect(warnings).toEqual([]);
      expect(manifest).toMatchObject({ id: name, version: "0.1.0", authors: ['Ann "A" Author $&'] });
      expect(manifest.stages.map((stage) => stage.type)).toEqual([type]);
      const said: string[] = [];
      const { file } = await buildPlugin(folder, manifest, {
        signal: new AbortController().signal,
        tell: (text) => said.push(text),
      });
      expect(said).toEqual([]);
      const library = await Library.open(file, { isolation: "process" });
      const { sources, stages, sinks } = library.components;
      expect([...sources, ...stages, ...sinks].map((component) => component.type)).toEqual([type]);
      library.close();
    });

    test("carries all that a repository of its own needs, and nothing of its old name", () => {
      const folder = make(name, template);
      const files = namesIn(folder).filter((path) => statSync(join(folder, path)).isFile());
      const needed = ["plugin.toml", "README.md", "LICENSE", ".gitignore", `src/${type}.c`, `test/${type}.yaml`];
      expect(files).toEqual(
        expect.arrayContaining([...needed, ".github/workflows/test.yml", ".github/workflows/release.yml"]),
      );
      expect(files.some((file) => file.startsWith("presets/"))).toBe(true);
      const { word } = TEMPLATES.native[template];
      const old = new RegExp(`${word}|${word.replaceAll("_", "[ -]")}|plugin.name`, "i");
      for (const file of files)
        expect([file, old.test(file + readFileSync(join(folder, file), "utf8"))]).toEqual([file, false]);
      expect(parse(readFileSync(join(folder, `test/${type}.yaml`), "utf8")).tests).not.toBeEmpty();
    });
  });
}

test("the template in Python carries no old name, and brings a stage of the new one", async () => {
  const [folder] = [fresh()].map((into) =>
    scaffold(pluginName("my-scale"), {
      ...{ runtime: "python", template: TEMPLATES.python.gain, into, author: "Ann", taken: new Set<string>() },
    } as const),
  ) as [string];
  const files = namesIn(folder).filter((path) => statSync(join(folder, path)).isFile());
  expect(files).toEqual(
    expect.arrayContaining([
      "plugin.toml",
      "stage.py",
      "test/my_scale.yaml",
      ".github/workflows/release.yml",
      "LICENSE",
    ]),
  );
  for (const file of files)
    expect([file, /plain.gain|plugin.name/i.test(file + readFileSync(join(folder, file), "utf8"))]).toEqual([
      file,
      false,
    ]);
  const open = await openPlugin(readPlugin(folder, "box"), {}, {});
  expect(open.components.stages.map(({ type, params }) => [type, params.map(({ id }) => id)])).toEqual([
    ["my_scale", ["gain_db"]],
  ]);
  open.library?.close();
});

test("the template in TypeScript carries no old name, brings a stage of the new one, and types that tsc and editors find", async () => {
  const folder = scaffold(pluginName("my-scale"), {
    ...{ runtime: "script", template: TEMPLATES.script.gain, into: fresh(), author: "Ann", taken: new Set<string>() },
  });
  const files = namesIn(folder).filter((path) => statSync(join(folder, path)).isFile());
  expect(files).toEqual(
    expect.arrayContaining(["plugin.toml", "stage.ts", "stagebox.d.ts", "tsconfig.json", "LICENSE"]),
  );
  const old = files.filter((file) => /script.gain|plugin.name/i.test(file + readFileSync(join(folder, file), "utf8")));
  expect(old).toEqual([]);
  const tsc = (...words: string[]) =>
    Bun.spawnSync([join(import.meta.dir, "../../../node_modules/.bin/tsc"), ...words]).stdout.toString();
  expect(tsc("-p", folder)).toBe("");
  const open = await openPlugin(readPlugin(folder, "box"), {}, {});
  expect(open.components.stages.map(({ type }) => type)).toEqual(["my_scale"]);
  open.library?.close();
  writeFileSync(
    join(folder, "stage.ts"),
    'import type { Block } from "stagebox";\nexport const a = (it: Block) => it.no;\n',
  );
  expect(tsc("-p", folder)).toContain("Property 'no' does not exist on type 'Block");
});

test("its workflows call commands that there are, with options that they have", () => {
  const folder = make("my-gain");
  let calls = 0;
  for (const name of ["test", "release"]) {
    const { jobs } = parse(readFileSync(join(folder, `.github/workflows/${name}.yml`), "utf8"));
    const steps = Object.values(jobs as Record<string, { steps: { run?: string }[] }>).flatMap((job) => job.steps);
    for (const line of steps.flatMap((step) => step.run?.split("\n") ?? [])) {
      const [program, family, verb, ...rest] = line.trim().split(" ");
      if (program !== "stagebox") continue;
      calls++;
      const known = commands.find((command) => command.name === `${family} ${verb}`);
      if (verb === "check" && !known) continue; // not built into this checkout
      expect(known?.name).toBe(`${family} ${verb}`);
      if (known) readArguments(known, rest);
    }
  }
  expect(calls).toBe(6);
});

test("nothing that is there is touched, and what fails leaves nothing", async () => {
  const into = fresh();
  mkdirSync(join(into, "my-gain"));
  expect(await problemsOf(() => make("my-gain", "gain", into))).toEqual([
    `${into}/my-gain is there already; choose another name`,
  ]);
  for (const taken of ["gain", "rms", "smooth_gain", "test_tone"])
    expect(await problemsOf(() => make(taken, "gain", into))).toEqual([
      `the stage "${taken}" comes with Stagebox; choose another name`,
    ]);
  for (const own of ["params", "glide"])
    expect(await problemsOf(() => make(own, "gain", into))).toEqual([
      `"${own}" is a name in the template's own code; choose another name`,
    ]);
  writeFileSync(join(into, "file"), "");
  expect(() => make("other", "gain", join(into, "file"))).toThrow("file");
  expect(existsSync(make("other", "gain", join(into, "new/folders")))).toBe(true);
  expect(readdirSync(into).sort()).toEqual(["file", "my-gain", "new"]);
});
