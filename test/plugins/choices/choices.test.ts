// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { ProblemsError } from "../../../src/pipeline/problem.ts";
import { PluginChoices } from "../../../src/plugins/choices/choices.ts";
import { MOST_CRASHES } from "../../../src/plugins/choices/record.ts";
import { type AuditEntry, BOX, LOCAL } from "../../../src/store/audit.ts";
import { temporaryFolders } from "../../store/temporary-folder.ts";

const newFolder = temporaryFolders();

async function newBox(files: Record<string, string> = {}) {
  const folder = newFolder();
  for (const [name, text] of Object.entries(files)) writeFileSync(folder.file(name), text);
  const notices: string[] = [];
  const noted: string[] = [];
  const audit = {
    record: ({ by, what, subject, after }: AuditEntry) =>
      void noted.push(`${by.name}: ${what} ${subject} ${JSON.stringify(after) ?? ""}`),
  };
  const notify = (notice: string) => {
    if (!notice.startsWith("the data folder has form")) notices.push(notice.replaceAll(folder.path, ""));
  };
  const open = () => PluginChoices.open(folder, notify, audit);
  const read = (name: string) => readFileSync(folder.file(name), "utf8");
  return { folder, path: folder.file("stagebox.toml"), notices, noted, open, read, choices: await open() };
}

const TIME = new Date("2026-01-02T03:04:05Z");

test("about a plugin that nobody decided about nothing is known, and nothing written", async () => {
  const { choices, path } = await newBox();
  expect(choices.get("gain")).toEqual({ choice: {}, crashes: [] });
  expect(existsSync(path)).toBe(false);
});

test("what was decided is there after a restart, and for nobody else to read", async () => {
  const { choices, open, path, folder } = await newBox();
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
  expect([...again.all().keys()]).toEqual(["gain"]);
  for (const file of [path, folder.file("plugin-state.json")]) expect(statSync(file).mode & 0o777).toBe(0o600);
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
  const { choices, read } = await newBox();
  await choices.choose("gain", { enabled: false, pinned: "1.0.0" });
  await choices.choose("gain", { pinned: "" });
  expect(choices.get("gain").choice).toEqual({ enabled: false });
  const crashes = Array.from({ length: 2 * MOST_CRASHES }, () => TIME.toISOString());
  await choices.quarantine("gain", "why", TIME, { crashes });
  expect(choices.get("gain").crashes).toHaveLength(MOST_CRASHES);
  expect(await choices.pardon("gain")).toBe(true);
  expect(choices.get("gain")).toEqual({ choice: { enabled: false }, crashes: [] });
  await choices.forget("gain");
  expect(JSON.parse(read("plugin-state.json"))).toEqual({ plugins: {} });
  expect(read("stagebox.toml")).not.toContain("gain");
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

test("each decision is noted, by whom it was made", async () => {
  const { choices, noted } = await newBox();
  const otto = { name: "otto", role: "operator" } as const;
  await choices.choose("gain", { enabled: true, granted: { network: true, read: ["recordings:"] } }, otto);
  await choices.choose("gain", { enabled: true }, otto);
  await choices.choose("gain", { granted: { read: ["recordings:"] }, pinned: "1.0.0", config: { a: 1 } }, LOCAL);
  await choices.choose("gain", { pinned: "", trusted: true }, BOX);
  expect(noted).toEqual([
    "otto: enable gain true",
    'otto: grant gain ["+ network","+ read recordings:"]',
    'command line: revoke gain ["- network"]',
    'command line: pin gain "1.0.0"',
    'command line: config gain {"a":1}',
    "box: trust gain true",
    "box: unpin gain ",
  ]);
});

const HAND = `# mine
[plugins]
schema_version = 1
color = "green"

[[plugins.entries]]
id = "gain"           # loud
enabled = false
mine = 1

[plugins.entries.config]
gain_db = 6 # not more
`;

describe("a file that a person wrote", () => {
  test("counts, is told what has no effect, and keeps it when something is decided", async () => {
    const { choices, notices, read } = await newBox({ "stagebox.toml": `hostname = "x"\n${HAND}` });
    expect(choices.get("gain").choice).toEqual({ enabled: false, config: { gain_db: 6 } });
    expect(notices).toEqual([
      "/stagebox.toml:1:1: hostname has no effect here: it belongs into the stagebox.toml on the card, which sets a box up",
      '/stagebox.toml:5:1: "color" is not known here and has no effect; choose schema_version or entries',
      expect.stringContaining('/stagebox.toml:10:1: "mine" is not known here and has no effect'),
    ]);
    await choices.choose("gain", { enabled: true, config: { gain_db: 3 } });
    await choices.choose("tone", { pinned: "1.0.0" });
    const now = HAND.replace("enabled = false", "enabled = true").replace("gain_db = 6", "gain_db = 3");
    expect(read("stagebox.toml")).toBe(`hostname = "x"\n${now}\n[[plugins.entries]]\nid = "tone"\npinned = "1.0.0"\n`);
  });

  test("is taken over while the box runs: only what changed; the same again is nothing", async () => {
    const { choices, path, noted } = await newBox({ "stagebox.toml": HAND });
    const reread = () => choices.reread(() => [], LOCAL);
    expect(await reread()).toEqual([]);
    writeFileSync(path, HAND.replace("6 #", "7 #").replace("# mine", "# still mine"));
    expect(await reread()).toEqual(["gain"]);
    expect(choices.get("gain").choice.config).toEqual({ gain_db: 7 });
    expect(await reread()).toEqual([]);
    expect(noted).toEqual(['command line: config gain {"gain_db":7}']);
  });

  test("a mistake in it is told with its line, and changes nothing until it is put right", async () => {
    const { choices, path, notices, read, open } = await newBox({ "stagebox.toml": HAND });
    const reread = () => choices.reread((_, choice) => (choice.config?.gain_db === 99 ? [TOO_LOUD] : []), LOCAL);
    await reread();
    notices.length = 0;
    const TOO_LOUD = { field: "/config/gain_db", message: "gain_db: 99 dB is out of range; choose at most 60 dB" };
    const mistakes: [string, string, string][] = [
      ["enabled = false", 'enabled = "no"', "/stagebox.toml:8:11: enabled must be true or false"],
      ["enabled = false", "enabled =", "/stagebox.toml:8:"],
      ["gain_db = 6", "gain_db = 99", "/stagebox.toml:12:11: gain_db: 99 dB is out of range"],
      ["schema_version = 1", "schema_version = 7", "/stagebox.toml:3:18: form 7 is of a newer Stagebox"],
      ['id = "gain"', 'id = "../gain"', '/stagebox.toml:7:6: id: "../gain" is not an id'],
    ];
    for (const [was, is, words] of mistakes) {
      writeFileSync(path, HAND.replace(was, is));
      expect(await reread()).toEqual([]);
      expect(await reread()).toEqual([]);
      expect(notices.splice(0)).toEqual([expect.stringContaining(words)]);
      expect(choices.problems).toHaveLength(1);
      expect(choices.get("gain").choice).toEqual({ enabled: false, config: { gain_db: 6 } });
      await expect(choices.choose("gain", { enabled: true })).rejects.toThrow(ProblemsError);
      expect(read("stagebox.toml")).toBe(HAND.replace(was, is));
      /* Nor is it another box that starts meanwhile. */
      if (!is.endsWith("99"))
        expect((await open()).get("gain").choice).toEqual({ enabled: false, config: { gain_db: 6 } });
      notices.length = 0;
    }
    rmSync(path);
    expect([await reread(), notices.splice(0)]).toEqual([[], [expect.stringContaining("is gone; until that")]]);
    await choices.choose("gain", { enabled: true });
    expect([read("stagebox.toml"), choices.problems]).toEqual([HAND.replace("= false", "= true"), []]);
  });

  test("an edit that nobody has noticed yet is not lost by a decision", async () => {
    const { choices, path, read } = await newBox({ "stagebox.toml": HAND });
    writeFileSync(path, HAND.replace("6 #", "7 #"));
    await choices.choose("gain", { enabled: true });
    expect(read("stagebox.toml")).toBe(HAND.replace("6 #", "7 #").replace("= false", "= true"));
  });

  test("each part counts on its own where nothing else is known; what cannot be told to be enabled stays off", async () => {
    const { choices, notices } = await newBox({
      "stagebox.toml": `[[plugins.entries]]
id = "half"
pinned = "newest"
granted = { network = 1, threads = true, read = ["etc"] }
[[plugins.entries]]
id = "odd"
enabled = "no"
[[plugins.entries]]
id = "half"
trusted = true
`,
    });
    expect(Object.fromEntries(choices.all())).toEqual({
      half: { granted: { threads: true } },
      odd: { enabled: false },
    });
    expect(notices.map((it) => it.split(":").slice(0, 3).join(":"))).toEqual([
      ...["/stagebox.toml:3:10", "/stagebox.toml:4:23", "/stagebox.toml:4:50", "/stagebox.toml:7:11"],
      "/stagebox.toml:9:6",
    ]);
  });
});

test("a file that cannot be read keeps no box from starting, with what was decided before", async () => {
  const { choices, path, open, notices } = await newBox();
  await choices.choose("gain", { enabled: false });
  rmSync(path);
  mkdirSync(path);
  const again = await open();
  expect(again.get("gain").choice).toEqual({ enabled: false });
  expect(notices).toEqual([expect.stringContaining("/stagebox.toml: cannot be read")]);
});

describe("plugins.json of an earlier version", () => {
  test("is taken over once, and kept", async () => {
    const old = {
      good: { enabled: false, pinned: "1.0.0", config: { gain_db: 6, names: ["a"] }, granted: { network: true } },
      own: { trusted: "unsigned" as const },
      fell: { crashes: [TIME.toISOString()], quarantine: { time: TIME.toISOString(), reason: "why" } },
      odd: { enabled: "no" },
      none: 7,
    };
    const { choices, read, folder } = await newBox({ "plugins.json": JSON.stringify({ plugins: old }) });
    for (const id of ["good", "own"] as const) expect(choices.get(id)).toEqual({ choice: old[id], crashes: [] });
    expect(choices.get("fell")).toEqual({ choice: {}, ...old.fell });
    for (const id of ["odd", "none"]) expect(choices.get(id).choice).toEqual({ enabled: false });
    expect(JSON.parse(read("plugins.json.bak"))).toEqual({ plugins: old });
    expect(existsSync(folder.file("plugins.json"))).toBe(false);
    expect(read("stagebox.toml")).toStartWith('[plugins]\nschema_version = 1\n\n[[plugins.entries]]\nid = "good"\n');
  });

  test.each(["", "{", "[]", "null", '{"plugins": []}', '{"plugins": null}'])("%j is set aside", async (text) => {
    const { choices, folder } = await newBox({ "plugins.json": text });
    expect([choices.all().size, existsSync(folder.file("plugins.json.bak"))]).toEqual([0, true]);
  });
});

test("whatever is in the files, the box opens them, and writes what it can read", async () => {
  const key = fc.constantFrom(
    ...["enabled", "pinned", "trusted", "granted", "config", "crashes", "quarantine", "read", "time", "reason"],
    ...["__proto__", "a", "watch", "artifact_path"],
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
  const plugins = fc.dictionary(fc.constantFrom("gain", "b", "__proto__", "A"), value);
  await fc.assert(
    fc.asyncProperty(plugins, async (plugins) => {
      const { choices, open } = await newBox({ "plugins.json": JSON.stringify({ plugins }) });
      await choices.choose("mine", { trusted: true });
      const again = await open();
      expect(again.all()).toEqual(choices.all());
      expect(again.get("gain")).toEqual(choices.get("gain"));
    }),
    { numRuns: 100 },
  );
}, 60_000);
