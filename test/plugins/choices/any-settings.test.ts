// SPDX-License-Identifier: Apache-2.0
//
// Whatever a person makes of stagebox.toml, a box reads it or leaves it alone, and writes into it what it has to say alone.
import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { ProblemsError } from "../../../src/pipeline/problem.ts";
import { readToml } from "../../../src/pipeline/toml.ts";
import { EDITED_BYTES } from "../../../src/pipeline/toml-edit.ts";
import { readSettings } from "../../../src/plugins/choices/settings.ts";
import { SettingsFile } from "../../../src/plugins/choices/settings-file.ts";
import { writeSettings } from "../../../src/plugins/choices/write-settings.ts";
import { temporaryFolders } from "../../store/temporary-folder.ts";
import { mutated } from "../mutations.fixture.ts";

const RUNS = process.env.STAGEBOX_QUICK ? 1000 : 10_000;
const newFolder = temporaryFolders();

/** As people write: in any order, with remarks, with keys of their own, tables inline or not. */
const PERSONAL = [
  `# The box in the lab.
mine = { who = "anna", since = 2026-01-02 } # mine

[plugins] # what may run
note = "ask before you change it"
schema_version = 1

[[plugins.entries]]
# too loud
id = "gain"
colour = "red"
enabled = false   # for now
config = { gain_db = -3.5, 'names' = ["a", "b"] }

[[plugins.entries]]
enabled = true
id = 'tone'
  [plugins.entries.granted]
  network = true
  read = [
    "recordings:", # all of them
    "/etc/hosts",
  ]
  smell = false

[last]
top = [[1, 2], [3]]
`,
  `plugins.schema_version = 1
plugins.entries = [ { id = "gain", pinned = "1.0.0" }, { id = "tone", trusted = "unsigned", watch = false } ]
[other]
x = """
[[plugins.entries]]
id = "not one"
"""
`,
  `[[plugins.entries]]
id = "gain"
[plugins.entries.config]
gain_db = 6
bands.low = [1, 4]
[[plugins.entries]]
id = "tone"`,
];
const anySettings = mutated(fc.constantFrom(...PERSONAL), 3);

test(`${RUNS} edits by hand: what can be read is left to the letter, and a decision changes that alone`, () => {
  const counts = { taken: 0, refused: 0 };
  fc.assert(
    fc.property(anySettings, (text) => {
      const read = attempt(text);
      counts[read ? "taken" : "refused"]++;
      if (!read || text.trim() === "") return; // an empty file gets a heading
      const { choices } = read;
      if (schemaOf(text) !== undefined) expect(writeSettings(text, choices)).toBe(text);
      const decided = new Map([...choices, ["new-one", { enabled: false, config: { a: "b" } }] as const]);
      const written = writeSettings(text, decided);
      expect([...(attempt(written)?.choices ?? [])]).toEqual([...decided]);
      expect(comments(written)).toEqual(comments(text));
      expect(withoutPlugins(written)).toEqual(withoutPlugins(text));
      expect(personal(written)).toEqual(personal(text));
    }),
    { numRuns: RUNS, examples: PERSONAL.map((text) => [text]) },
  );
  expect([counts.taken > RUNS / 20, counts.refused > RUNS / 20]).toEqual([true, true]);
}, 300_000);

test("text that is no UTF-8 is told, and stays", async () => {
  const folder = newFolder();
  const path = folder.file("stagebox.toml");
  const settings = new SettingsFile(folder, () => {});
  await settings.change(() => new Map([["gain", { enabled: false }]]));
  const bytes = Buffer.concat([readFileSync(path), Buffer.from("# f\xfcr Anna\n", "latin1")]);
  writeFileSync(path, bytes);
  expect(await settings.reread()).toBeUndefined();
  expect(settings.problems).toEqual([{ file: path, message: "is not UTF-8 text; save it as UTF-8" }]);
  await expect(settings.change(() => new Map())).rejects.toThrow("UTF-8");
  expect([readFileSync(path), [...settings.choices]]).toEqual([bytes, [["gain", { enabled: false }]]]);
});

test("a file that cannot be taken stays as the person left it, and what was decided before goes on", async () => {
  const folder = newFolder();
  const path = folder.file("stagebox.toml");
  writeFileSync(path, PERSONAL[0] as string);
  const settings = new SettingsFile(folder, () => {});
  await fc.assert(
    fc.asyncProperty(anySettings, async (text) => {
      const before = settings.choices;
      writeFileSync(path, text);
      await settings.reread();
      const read = attempt(text);
      expect([...settings.choices]).toEqual([...(read?.choices ?? before)]);
      expect(settings.problems.length > 0).toBe(read === undefined);
      if (!read) await expect(settings.change(() => new Map())).rejects.toThrow(ProblemsError);
      expect(readFileSync(path, "utf8")).toBe(text);
    }),
    { numRuns: RUNS / 20 },
  );
}, 300_000);

/** What would be in force; undefined where the file is refused as a whole. */
function attempt(text: string) {
  try {
    const settings = readSettings(text, "f");
    return settings.problems.length > 0 ? undefined : settings;
  } catch (error) {
    expect(error).toBeInstanceOf(ProblemsError);
    return undefined;
  }
}

type File = { plugins?: { schema_version?: unknown; entries?: Record<string, unknown>[] } & Record<string, unknown> };
const contentOf = (text: string) => readToml(text, "f", EDITED_BYTES).value as File;
const schemaOf = (text: string) => contentOf(text).plugins?.schema_version;
const comments = (text: string) => text.match(/#.*$/gm) ?? [];

function withoutPlugins(text: string): object {
  const { plugins: _, ...others } = contentOf(text);
  return others;
}

/** Of [plugins], all that was there before. */
function personal(text: string): object {
  const { schema_version: _, entries = [], ...others } = contentOf(text).plugins ?? {};
  return { ...others, entries: entries.filter(({ id }) => id !== "new-one") };
}
