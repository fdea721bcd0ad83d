// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { PluginChoices } from "../../../src/plugins/choices/choices.ts";
import { folderSum } from "../../../src/plugins/generations/folder-sum.ts";
import { Generations } from "../../../src/plugins/generations/generations.ts";
import { keepBuild, takeAway } from "../../../src/plugins/generations/keep-build.ts";
import { type AuditEntry, LOCAL } from "../../../src/store/audit.ts";
import type { DataFolder } from "../../../src/store/folder.ts";
import { temporaryFolders } from "../../store/temporary-folder.ts";
import { manifestText, writeTree } from "../manifest.fixture.ts";
import { newKey, signFolder, trust } from "../signature/signed.fixture.ts";

const newFolder = temporaryFolders();

async function open(folder: DataFolder = newFolder()) {
  const notices: string[] = [];
  const noted: string[] = [];
  const audit = { record: ({ by, what, subject }: AuditEntry) => void noted.push(`${by.name}: ${what} ${subject}`) };
  const choices = await PluginChoices.open(folder, () => {}, audit);
  const generations = await Generations.open(folder, choices, (notice) => notices.push(notice), audit);
  const plugin = (id: string, version: string) => join(folder.plugins, id, version);
  return {
    ...{ folder, choices, generations, notices, noted, plugin },
    /** As an installation does. */
    async install(id: string, version: string, text = "") {
      const place = plugin(id, version);
      if (existsSync(place) && !(await keepBuild(folder, place))) rmSync(place, { recursive: true });
      writeTree(place, { "plugin.toml": manifestText({ id, version, type: "ui" }), "ui/a.js": text });
      await generations.note(LOCAL);
    },
    async remove(id: string, version: string) {
      await takeAway(folder, [plugin(id, version)]);
      await generations.note(LOCAL);
    },
    there: () =>
      readdirSync(folder.plugins)
        .filter((id) => !id.startsWith("."))
        .flatMap((id) =>
          readdirSync(join(folder.plugins, id)).map((version) =>
            `${id} ${version} ${readFileSync(join(plugin(id, version), "ui/a.js"), "utf8")}`.trim(),
          ),
        )
        .toSorted(),
    changes: () => generations.list().map(({ number, changes }) => `${number}: ${changes.join(", ")}`),
    kept: () => (existsSync(join(folder.plugins, ".kept")) ? readdirSync(join(folder.plugins, ".kept")) : []),
  };
}

test("each change of the set makes another generation; a look that finds nothing new makes none", async () => {
  const box = await open();
  await box.generations.note();
  await box.install("gain", "1.0.0");
  await box.generations.note();
  await box.install("gain", "1.1.0");
  await box.install("gain", "1.1.0", "other");
  await box.choices.choose("gain", { pinned: "1.0.0" }, LOCAL);
  await box.generations.note(LOCAL);
  await box.choices.choose("gain", { enabled: false }, LOCAL);
  await box.generations.note(LOCAL);
  await box.remove("gain", "1.1.0");
  expect(box.changes()).toEqual([
    "1: as it was found",
    "2: gain 1.0.0 installed",
    "3: gain 1.1.0 installed, beside 1.0.0",
    "4: gain 1.1.0 is another build",
    "5: gain pinned to 1.0.0",
    "6: gain 1.1.0 removed",
  ]);
  expect(box.noted).toEqual([
    ...["command line: install gain", "command line: update gain", "command line: rebuild gain"],
    ...["command line: pin gain", "command line: disable gain", "command line: remove gain"],
  ]);
});

test("a generation comes back as a whole: versions, builds and what was decided", async () => {
  const box = await open();
  await box.install("gain", "1.0.0", "first");
  await box.install("tone", "1.0.0");
  await box.choices.choose("gain", { granted: { network: true }, config: { gain_db: 6 } }, LOCAL);
  await box.generations.note(LOCAL);
  await box.install("gain", "1.0.0", "second");
  await box.choices.choose("gain", { granted: {}, pinned: "1.0.0" }, LOCAL);
  await box.generations.note(LOCAL);
  await box.remove("tone", "1.0.0");
  await box.install("gain", "2.0.0");
  expect(box.there()).toEqual(["gain 1.0.0 second", "gain 2.0.0"]);

  const back = await box.generations.rollback(2, LOCAL);
  expect(back).toMatchObject({
    number: 7,
    by: "command line",
    again: 2,
    changes: expect.arrayContaining(["generation 2 again"]),
  });
  expect(box.there()).toEqual(["gain 1.0.0 first", "tone 1.0.0"]);
  expect(box.choices.all()).toEqual(new Map([["gain", { granted: { network: true }, config: { gain_db: 6 } }]]));
  expect(box.noted.slice(-3)).toEqual([
    "command line: grant gain",
    "command line: unpin gain",
    "command line: roll-back plugins",
  ]);

  /* And forward again, and back one by one. */
  await box.generations.rollback(6, LOCAL);
  expect(box.there()).toEqual(["gain 1.0.0 second", "gain 2.0.0"]);
  expect(box.choices.get("gain").choice).toMatchObject({ pinned: "1.0.0", granted: {} });
  expect((await box.generations.rollback(undefined, LOCAL)).again).toBe(5);
  expect((await box.generations.rollback(undefined, LOCAL)).again).toBe(4);
  expect(box.there()).toEqual(["gain 1.0.0 second", "tone 1.0.0"]);
});

test("what cannot come back whole does not come back at all", async () => {
  const box = await open();
  await expect(box.generations.rollback(undefined, LOCAL)).rejects.toThrow(
    "there is no generation before; nothing was",
  );
  await box.install("gain", "1.0.0");
  await box.install("tone", "1.0.0");
  await box.remove("gain", "1.0.0");
  await box.remove("tone", "1.0.0");
  writeFileSync(join(box.folder.plugins, ".kept", box.kept()[0] as string, "ui/a.js"), "changed");
  const before = [box.there(), box.changes()];
  await expect(box.generations.rollback(2, LOCAL)).rejects.toThrow("is not as it was any more; install it again");
  await expect(box.generations.rollback(9, LOCAL)).rejects.toThrow("there is no generation 9; choose 1, 2 or 3");
  await expect(box.generations.rollback(4, LOCAL)).rejects.toThrow("generation 4 is in use");
  expect([box.there(), box.changes()]).toEqual(before);
});

test("what no kept generation needs any more is gone, and their number is bounded", async () => {
  const box = await open();
  for (let build = 0; build < 20; build++) await box.install("gain", "1.0.0", `build ${build}`);
  expect(box.generations.list()).toHaveLength(16);
  expect(box.kept()).toHaveLength(15);
  await box.remove("gain", "1.0.0");
  for (let build = 0; build < 16; build++) await box.install("tone", "1.0.0", `build ${build}`);
  expect(box.kept()).toHaveLength(15);
});

test("what is linked in, or never was in a generation, is not kept", async () => {
  const box = await open();
  await box.generations.note();
  writeTree(box.plugin("gain", "1.0.0"), { "plugin.toml": manifestText({ type: "ui" }) });
  await takeAway(box.folder, [box.plugin("gain", "1.0.0")]);
  expect([box.there(), box.kept()]).toEqual([[], []]);
});

describe("whose the builds are", () => {
  const INSIDE = { type: "ui", runtime: { isolation: "in-process" } };

  test("stands in the changes, and a roll-back says what may not run inside any more", async () => {
    const box = await open();
    const anna = await newKey();
    const key = trust(box.folder.trusted_keys, "anna", anna);
    await box.generations.note();
    writeTree(box.plugin("gain", "1.0.0"), { "plugin.toml": manifestText(INSIDE), "ui/a.js": "" });
    await signFolder(box.plugin("gain", "1.0.0"), anna);
    await box.generations.note(LOCAL);
    await box.choices.choose("gain", { trusted: true }, LOCAL);
    await box.generations.note(LOCAL);
    await box.remove("gain", "1.0.0");
    expect((await box.generations.rollback(2, LOCAL)).changes).toEqual([
      "generation 2 again",
      "gain 1.0.0 installed, signed by anna",
    ]);
    await box.remove("gain", "1.0.0");
    rmSync(key);
    expect((await box.generations.rollback(2, LOCAL)).changes.at(-1)).toMatch(
      /^gain 1.0.0 is signed with the key \w{16}, which this box does not trust, so it may not run inside the service/,
    );
    writeFileSync(join(box.plugin("gain", "1.0.0"), "ui/a.js"), "changed");
    await box.generations.note();
    expect(box.changes().at(-1)).toEndWith(": gain 1.0.0 is another build, not what was signed");
    await expect(box.generations.rollback(2, LOCAL)).rejects.toThrow("gain 1.0.0 is not as it was any more");
  });

  test("trust in what nobody signed does not come back", async () => {
    const box = await open();
    await box.generations.note();
    const own = join(box.folder.plugins, "gain");
    writeTree(own, { "plugin.toml": manifestText(INSIDE), "ui/a.js": "" });
    await box.choices.choose("gain", { trusted: "unsigned", config: { a: 1 } }, LOCAL);
    await box.generations.note(LOCAL);
    await box.generations.rollback(1, LOCAL);
    await box.generations.rollback(2, LOCAL);
    expect(existsSync(own)).toBe(true);
    expect(box.choices.get("gain").choice).toEqual({ trusted: false, config: { a: 1 } });

    /* Where it is in force all the time, it stays. */
    await box.choices.choose("gain", { trusted: "unsigned" }, LOCAL);
    await box.generations.note(LOCAL);
    await box.install("tone", "1.0.0");
    await box.generations.rollback(undefined, LOCAL);
    expect(box.choices.get("gain").choice.trusted).toBe("unsigned");
  });
});

describe("a roll-back that a power cut broke off", () => {
  test.each([0, 1, 2, 3])("after %d moves is brought to its end at the next start", async (moves) => {
    const box = await open();
    await box.install("gain", "1.0.0", "old");
    await box.choices.choose("gain", { config: { a: 1 } }, LOCAL);
    await box.generations.note();
    await box.install("gain", "1.0.0", "new");
    await box.choices.choose("gain", { config: { a: 2 } }, LOCAL);
    await box.install("tone", "1.0.0");
    await box.generations.rollback(1, LOCAL);
    await box.generations.rollback(3, LOCAL);
    /* As it is when the first steps are done, and no more. */
    const file = box.folder.file("plugin-generations.json");
    const stored = JSON.parse(readFileSync(file, "utf8"));
    writeFileSync(file, JSON.stringify({ ...stored, under_way: { to: 1, by: LOCAL } }));
    const place = box.plugin("gain", "1.0.0");
    const [old] = stored.generations[0].plugins;
    const kept = (sum: string) => join(box.folder.plugins, ".kept", sum);
    const steps = [
      async () => cpSync(place, kept(await folderSum(place)), { recursive: true }),
      async () => rmSync(place, { recursive: true }),
      async () => cpSync(kept(old.sha256), place, { recursive: true }),
    ];
    for (const step of steps.slice(0, moves)) await step();
    const again = await open(box.folder);
    expect(again.notices).toEqual([]);
    expect(again.there()).toEqual(["gain 1.0.0 old"]);
    expect(again.choices.get("gain").choice).toEqual({ config: { a: 1 } });
    expect(again.generations.list().at(-1)).toMatchObject({ again: 1 });
    expect(JSON.parse(readFileSync(file, "utf8")).under_way).toBeUndefined();
  });
});

test("a file that would lead out of the folder is set aside", async () => {
  const box = await open();
  await box.install("gain", "1.0.0");
  const file = box.folder.file("plugin-generations.json");
  for (const folder of ["../gain", "/etc", "gain/../..", ".kept/x", "a/b/c"]) {
    const text = readFileSync(file, "utf8").replace('"gain/1.0.0"', JSON.stringify(folder));
    writeFileSync(file, text);
    expect((await open(box.folder)).generations.list()).toEqual([]);
    writeFileSync(file, text.replace(JSON.stringify(folder), '"gain/1.0.0"'));
  }
});

test("the sum of a folder is that of its names and contents, whatever disk they come from", async () => {
  const file = fc.tuple(fc.constantFrom("a", "b", "c/a", "c/b"), fc.string({ maxLength: 3 }));
  const tree = fc.uniqueArray(file, { selector: ([name]) => name, maxLength: 4 });
  const sumOf = async (files: [string, string][]) => {
    const { path } = newFolder();
    writeTree(path, Object.fromEntries(files));
    return folderSum(path);
  };
  await fc.assert(
    fc.asyncProperty(tree, tree, async (one, other) => {
      const isSame = JSON.stringify(one.toSorted()) === JSON.stringify(other.toSorted());
      expect((await sumOf(one)) === (await sumOf(other))).toBe(isSame);
      expect(await sumOf(one.toReversed())).toBe(await sumOf(one));
    }),
    { numRuns: 100 },
  );
});
