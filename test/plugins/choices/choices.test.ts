// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { ProblemsError } from "../../../src/pipeline/problem.ts";
import { PluginChoices } from "../../../src/plugins/choices/choices.ts";
import { MOST_CRASHES } from "../../../src/plugins/choices/record.ts";
import { temporaryFolders } from "../../store/temporary-folder.ts";

const newFolder = temporaryFolders();

async function newBox(text?: string) {
  const folder = newFolder();
  const path = folder.file("plugins.json");
  if (text !== undefined) writeFileSync(path, text);
  const notices: string[] = [];
  const open = () => PluginChoices.open(folder, (notice) => notices.push(notice.replaceAll(folder.path, "")));
  return { path, notices, open, choices: await open() };
}

const TIME = new Date("2026-01-02T03:04:05Z");

test("about a plugin that nobody decided about nothing is known, and nothing written", async () => {
  const { choices, path } = await newBox();
  expect(choices.get("gain")).toEqual({ choice: {}, crashes: [] });
  expect(existsSync(path)).toBe(false);
});

test("what was decided is there after a restart, and for nobody else to read", async () => {
  const { choices, open, path } = await newBox();
  await choices.choose("gain", { enabled: false, pinned: "1.0.0", trusted: true });
  await choices.choose("gain", {
    granted: { network: true, read: ["recordings:"] },
    config: { gain_db: 6, names: ["a"] },
  });
  await choices.quarantine("other", "crashed", TIME, { crashes: [TIME.toISOString()] });
  const again = await open();
  expect(again.get("gain").choice).toEqual({
    enabled: false,
    pinned: "1.0.0",
    trusted: true,
    granted: { network: true, read: ["recordings:"] },
    config: { gain_db: 6, names: ["a"] },
  });
  expect(again.get("other")).toEqual({
    choice: {},
    crashes: [TIME.toISOString()],
    quarantine: { time: TIME.toISOString(), reason: "crashed" },
  });
  expect([...again.all().keys()]).toEqual(["gain", "other"]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("the same choice twice writes nothing", async () => {
  const { choices, path } = await newBox();
  expect(await choices.choose("gain", {})).toBe(false);
  expect(existsSync(path)).toBe(false);
  expect(await choices.choose("gain", { pinned: "1.0.0" })).toBe(true);
  const { ino } = statSync(path);
  expect(await choices.choose("gain", { pinned: "1.0.0" })).toBe(false);
  expect(statSync(path).ino).toBe(ino);
});

test("unpinned, pardoned, forgotten", async () => {
  const { choices, path } = await newBox();
  await choices.choose("gain", { enabled: false, pinned: "1.0.0" });
  await choices.choose("gain", { pinned: "" });
  expect(choices.get("gain").choice).toEqual({ enabled: false });
  const crashes = Array.from({ length: 2 * MOST_CRASHES }, () => TIME.toISOString());
  await choices.quarantine("gain", "why", TIME, { crashes });
  expect(choices.get("gain").crashes).toHaveLength(MOST_CRASHES);
  expect(await choices.pardon("gain")).toBe(true);
  expect(choices.get("gain")).toEqual({ choice: { enabled: false }, crashes: [] });
  await choices.forget("gain");
  expect(JSON.parse(readFileSync(path, "utf8"))).toEqual({ plugins: {} });
});

test("changes that meet lose nothing", async () => {
  const { choices, open } = await newBox();
  const ids = Array.from({ length: 20 }, (_, i) => `p${i}`);
  await Promise.all(ids.map((id) => choices.choose(id, { enabled: false })));
  expect([...(await open()).all().keys()].toSorted()).toEqual(ids.toSorted());
});

test("what could not be written has not happened", async () => {
  const { choices, path } = await newBox();
  await choices.choose("gain", { enabled: false });
  rmSync(path);
  mkdirSync(path);
  await expect(choices.choose("gain", { enabled: true })).rejects.toThrow();
  expect(choices.get("gain").choice.enabled).toBe(false);
});

test("what could not be read again is refused", async () => {
  const { choices } = await newBox();
  for (const change of [{ pinned: "newest" }, { config: { gain_db: Number.NaN } }, { config: { "A b": 1 } }])
    await expect(choices.choose("gain", change)).rejects.toThrow(ProblemsError);
  expect(choices.get("gain").choice).toEqual({});
});

describe("a damaged file", () => {
  test.each(["", "{", "[]", "null", '{"plugins": []}', '{"plugins": null}'])("%j is set aside", async (text) => {
    const { choices, notices, path } = await newBox(text);
    expect(choices.all().size).toBe(0);
    expect(notices).toEqual([expect.stringContaining("set aside as /plugins.json.unreadable")]);
    expect(existsSync(`${path}.unreadable`)).toBe(true);
  });

  test("each part counts on its own; what was touched and cannot be told stays off", async () => {
    const { choices, notices } = await newBox(
      JSON.stringify({
        plugins: {
          good: { enabled: false },
          half: {
            enabled: false,
            pinned: "newest",
            trusted: "yes",
            granted: { network: 1, threads: true, read: ["etc"] },
          },
          odd: { enabled: "no" },
          none: 7,
          "../up": { enabled: true },
        },
      }),
    );
    expect(Object.fromEntries(choices.all())).toEqual({
      good: { enabled: false },
      half: { enabled: false, granted: { threads: true } },
      none: { enabled: false },
      odd: { enabled: false },
    });
    expect(notices).toEqual([
      '/plugins.json: "half": pinned cannot be used; going on without it',
      '/plugins.json: "half": trusted cannot be used; going on without it',
      '/plugins.json: "odd": enabled cannot be used; going on without it',
      '/plugins.json: "none": the entry cannot be used; going on without it',
      '/plugins.json: "../up": the id cannot be used; going on without it',
    ]);
  });

  test("whatever is in it, the box opens it, and writes what it can read", async () => {
    const key = fc.constantFrom(
      "enabled",
      "pinned",
      "trusted",
      "granted",
      "config",
      "crashes",
      "quarantine",
      "read",
      "time",
      "reason",
      "__proto__",
      "a",
    );
    const value = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 4 },
        fc.jsonValue({ maxDepth: 1 }),
        fc.constantFrom("1.0.0", TIME.toISOString(), "recordings:", true),
        fc.array(tie("node"), { maxLength: 3 }),
        fc.dictionary(key, tie("node"), { maxKeys: 6 }),
      ),
    })).node;
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.constantFrom("gain", "b", "__proto__", "A"), value), async (plugins) => {
        const { choices, open } = await newBox(JSON.stringify({ plugins }));
        await choices.choose("mine", { trusted: true });
        const again = await open();
        expect(again.all()).toEqual(choices.all());
        expect(again.get("gain")).toEqual(choices.get("gain"));
      }),
      { numRuns: 100 },
    );
  }, 60_000);
});
