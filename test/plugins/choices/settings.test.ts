// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import fc from "fast-check";
import { stringify } from "smol-toml";
import { ProblemsError } from "../../../src/pipeline/problem.ts";
import { readToml } from "../../../src/pipeline/toml.ts";
import { editToml } from "../../../src/pipeline/toml-edit.ts";
import { CHOICE_KEYS, checkedChoice, readSettings } from "../../../src/plugins/choices/settings.ts";
import { inNewestForm, SCHEMA_VERSION } from "../../../src/plugins/choices/settings-forms.ts";
import { writeSettings } from "../../../src/plugins/choices/write-settings.ts";
import type { PluginChoice } from "../../../src/plugins/plugin.ts";

const RUNS = process.env.STAGEBOX_QUICK ? 1000 : 10_000;
const id = fc.constantFrom("gain", "tone", "my-plugin", "fftw-backend");
const text = fc.string({ unit: "binary", maxLength: 12 }).filter((it) => it.isWellFormed());
const setting = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((it) => it + 0),
  fc.boolean(),
  text,
  fc.array(fc.integer(), { maxLength: 3 }),
  fc.array(text, { maxLength: 3 }),
);
const path = fc.constantFrom("recordings:", "/etc/hosts", "/data/x y");
const choice = fc.record(
  {
    enabled: fc.boolean(),
    pinned: fc.constantFrom("1.0.0", "2.0.0-rc.1"),
    trusted: fc.constantFrom(true, false, "unsigned" as const),
    watch: fc.boolean(),
    artifact_path: fc.constant("/opt/mine"),
    granted: fc.record(
      { network: fc.boolean(), threads: fc.boolean(), read: fc.array(path, { maxLength: 2 }) },
      { requiredKeys: [] },
    ),
    config: fc.dictionary(fc.constantFrom("gain_db", "name", "bands"), setting, { noNullPrototype: true }),
  },
  { requiredKeys: [], noNullPrototype: true },
) as fc.Arbitrary<PluginChoice>;
const choices = fc
  .dictionary(id, choice, { maxKeys: 2, noNullPrototype: true })
  .map((it) => new Map(Object.entries(it)));
const plain = (map: ReadonlyMap<string, PluginChoice>) => Object.fromEntries([...map].toSorted());

test(`${RUNS} configurations: what is decided is what is read, and a person's keys, comments and order stay`, () => {
  const mine = fc.dictionary(fc.constantFrom("mine", "note", "x-y"), fc.oneof(text, fc.integer()), {
    noNullPrototype: true,
  });
  fc.assert(
    fc.property(choices, choices, mine, mine, (before, after, top, own) => {
      const entries = [...before].map(([id, choice]) => ({ id, ...own, ...choice }));
      const lines = stringify({ ...top, plugins: { schema_version: 1, ...own, entries }, last: { top: 1 } }).split(
        "\n",
      );
      const person = lines.map((line, index) => (line === "" ? `# ${index}` : line)).join("\n");
      const read = readSettings(person, "f");
      expect([read.problems, plain(read.choices)]).toEqual([[], plain(before)]);
      expect(writeSettings(person, before)).toBe(person);

      const written = writeSettings(person, after);
      expect(plain(readSettings(written, "f").choices)).toEqual(plain(after));
      expect(writeSettings(written, after)).toBe(written);
      const value = readToml(written, "f", 2 ** 20).value as { plugins: { entries?: { id: string }[] } };
      expect(value).toMatchObject({ ...top, last: { top: 1 }, plugins: own });
      for (const id of before.keys())
        if (after.has(id)) expect(value.plugins.entries?.find((it) => it.id === id)).toMatchObject(own);
      for (const [comment] of person.matchAll(/^# \d+$/gm)) expect(written).toContain(comment);
    }),
    { numRuns: RUNS },
  );
}, 300_000);

test("whatever stands in the file, it is read or refused in words, with a line", () => {
  const anything = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 3 },
      setting,
      fc.array(tie("node"), { maxLength: 2 }),
      fc.dictionary(fc.constantFrom(...CHOICE_KEYS, "id", "read", "x"), tie("node"), {
        maxKeys: 4,
        noNullPrototype: true,
      }),
    ),
  })).node;
  const file = fc.oneof(
    fc.string({ unit: "binary", maxLength: 80 }),
    fc
      .record({ plugins: fc.oneof(anything, fc.record({ schema_version: anything, entries: fc.array(anything) })) })
      .map((it) => {
        try {
          return stringify(it);
        } catch {
          return ""; // a list of this and that
        }
      }),
  );
  let refused = 0;
  fc.assert(
    fc.property(file, (text) => {
      try {
        const { choices, problems, notices } = readSettings(text, "f");
        for (const { line, message } of [...problems, ...notices])
          expect([line !== undefined, message !== ""]).toEqual([true, true]);
        for (const choice of choices.values()) expect(checkedChoice(choice)).toEqual(choice);
        refused += Number(problems.length > 0);
      } catch (error) {
        expect(error).toBeInstanceOf(ProblemsError);
      }
    }),
    { numRuns: RUNS },
  );
  expect(refused).toBeGreaterThan(RUNS / 10);
}, 120_000);

test("an older form is read as the newest, and written so with the next decision", () => {
  const rename = (text: string) => {
    const { plugins } = readToml(text, "").value as { plugins: { entries: { on?: boolean }[] } };
    return plugins.entries.reduce((text, { on }, index) => {
      const entry = ["plugins", "entries", index];
      return on === undefined ? text : editToml(editToml(text, [...entry, "on"], undefined), [...entry, "enabled"], on);
    }, text);
  };
  const dotted = (text: string) => editToml(text, ["plugins", "mine"], 2);
  const old = '# mine\n[[plugins.entries]]\nid = "gain" # loud\non = false\n';
  const now = inNewestForm(old, "f", [rename, dotted]);
  expect(now).toBe(
    '# mine\n[plugins]\nmine = 2\nschema_version = 3\n\n[[plugins.entries]]\nid = "gain" # loud\nenabled = false\n',
  );
  expect(inNewestForm(now, "f", [rename, dotted])).toBe(now);
  expect(inNewestForm(old.replace("# mine", "plugins.schema_version = 9"), "f", [rename])).toContain("on = false");
  expect(inNewestForm(old, "f")).toBe(old);
  expect(SCHEMA_VERSION).toBe(1);
});
