// SPDX-License-Identifier: Apache-2.0
import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { AuditLog, BOX } from "../../src/store/audit.ts";
import { temporaryFolders } from "./temporary-folder.ts";

const newFolder = temporaryFolders();
const OTTO = { name: "otto", role: "operator" } as const;

function open(folder = newFolder(), most?: number, dropped?: number) {
  const notes: string[] = [];
  const log = new AuditLog(folder, (note) => notes.push(note.replaceAll(folder.path, "")), most, dropped);
  return { folder, notes, log, path: folder.file("audit.db") };
}

const some = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ by: OTTO, what: "grant", subject: `p${i}` }));

test("what is noted is there after a restart, the latest first, by page and by what it is about", () => {
  const { log, folder, path } = open();
  log.record({ by: OTTO, what: "grant", subject: "gain", before: { network: false }, after: { network: true } });
  log.record({ by: BOX, what: "pin", subject: "tone", after: "1.0.0" });
  for (const entry of some(5)) log.record(entry);
  log.close();
  const again = open(folder);
  expect([again.notes, again.log.problem()]).toEqual([[], undefined]);
  const rows = again.log.list();
  expect(rows.map(({ id }) => id)).toEqual([7, 6, 5, 4, 3, 2, 1]);
  expect(rows.at(-1)).toEqual({
    ...{ id: 1, time: rows.at(-1)?.time as string, who: "otto", role: "operator", what: "grant", subject: "gain" },
    ...{ before: { network: false }, after: { network: true } },
  });
  expect(again.log.list({ before: 5, limit: 2 }).map(({ id }) => id)).toEqual([4, 3]);
  expect(again.log.list({ who: "box" })).toEqual([expect.objectContaining({ what: "pin", after: "1.0.0" })]);
  expect(again.log.list({ subject: "gain", what: "grant" })).toHaveLength(1);
  expect(again.log.list({ subject: "'; DROP TABLE audit; --" })).toEqual([]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("no row is changed or deleted, whoever asks the database", () => {
  const { log, path } = open();
  for (const entry of some(3)) log.record(entry);
  const database = new Database(path);
  for (const sql of ["UPDATE audit SET who = 'nobody'", "DELETE FROM audit", "DELETE FROM audit WHERE id = 3"])
    expect(() => database.run(sql)).toThrow("audit rows stay");
  expect(() =>
    database.run(
      "INSERT OR REPLACE INTO audit SELECT 2, time, 'x', role, what, subject, before, after, hash FROM audit WHERE id = 2",
    ),
  ).not.toThrow();
  expect(log.problem()).toBe("row 2 is not what was written");
  database.close();
});

const forgeries: [string, string, string][] = [
  ["a row changed", "UPDATE audit SET who = 'nobody' WHERE id = 2", "row 2 is not what was written"],
  ["a row gone", "DELETE FROM audit WHERE id = 2", "rows 2 to 2 are gone"],
  ["the first gone", "DELETE FROM audit WHERE id = 1", "rows before 2 are gone"],
  ["the last gone", "DELETE FROM audit WHERE id = 4", "rows 4 to 4 are gone"],
  ["all gone", "DELETE FROM audit", "rows 1 to 4 are gone"],
  [
    "two exchanged",
    "UPDATE audit SET id = 9 WHERE id = 2; UPDATE audit SET id = 2 WHERE id = 3; UPDATE audit SET id = 3 WHERE id = 9",
    "row 2 is not",
  ],
  [
    "one more",
    "INSERT INTO audit SELECT 5, time, who, role, what, subject, before, after, hash FROM audit WHERE id = 4",
    "row 5 is not",
  ],
];
test.each(forgeries)("%s by hand is found and said", (_, sql, words) => {
  const { log, path, folder } = open();
  for (const entry of some(4)) log.record(entry);
  log.close();
  const database = new Database(path);
  database.run("DROP TRIGGER no_update; DROP TRIGGER no_delete;");
  database.run(sql);
  database.close();
  const { log: again, notes } = open(folder);
  expect(again.problem()).toContain(words);
  expect(notes).toEqual([expect.stringContaining(`changed by other means than Stagebox: ${words}`)]);
  again.record({ by: BOX, what: "goes on", subject: "x" });
  expect(again.list({ what: "goes on" })).toHaveLength(1);
  expect(again.problem()).toBeDefined();
});

test("the oldest make room, which is told, and the rest is still chained", () => {
  const { log, folder } = open(undefined, 20, 5);
  for (const entry of some(100)) log.record(entry);
  const rows = log.list({ limit: 1000 });
  expect(rows.length).toBeLessThanOrEqual(21);
  expect(rows.some(({ subject }) => subject === "p99")).toBe(true);
  expect(rows.find(({ what }) => what === "rows dropped")).toMatchObject({
    who: "box",
    after: { to: expect.any(Number) },
  });
  expect(log.problem()).toBeUndefined();
  log.close();
  expect(open(folder).notes).toEqual([]);
});

test("a full or broken disk never throws, is told once, and what was lost is told when it can be", () => {
  const folder = newFolder();
  mkdirSync(folder.file("audit.db"));
  const { log, notes } = open(folder);
  for (const entry of some(3)) log.record(entry);
  expect(notes).toEqual([expect.stringContaining("nobody keeps track")]);
  rmSync(folder.file("audit.db"), { recursive: true });
  log.record({ by: OTTO, what: "grant", subject: "gain" });
  expect(log.list().map(({ what, after }) => [what, after])).toEqual([
    ["grant", undefined],
    ["rows lost", { rows: 3 }],
  ]);
});

test("a file that is no database is set aside", () => {
  const folder = newFolder();
  writeFileSync(folder.file("audit.db"), "no database ".repeat(1000));
  const { log, notes } = open(folder);
  log.record({ by: OTTO, what: "grant", subject: "gain" });
  expect([log.list().length, notes]).toEqual([1, [expect.stringContaining("set aside as /audit.db.unreadable")]]);
  expect(readFileSync(folder.file("audit.db.unreadable"), "utf8")).toStartWith("no database");
});

test("two who write at once keep one chain", () => {
  const { log, folder } = open();
  const other = open(folder).log;
  for (const entry of some(20)) for (const each of [log, other]) each.record(entry);
  expect([log.list().length, log.problem(), other.problem()]).toEqual([40, undefined, undefined]);
});

test("whatever is noted comes back", () => {
  const { log } = open();
  const text = fc.string({ unit: "binary", maxLength: 20 }).filter((it) => it.isWellFormed() && !it.includes("\0"));
  fc.assert(
    fc.property(text, text, fc.jsonValue({ maxDepth: 2 }), (name, subject, value) => {
      log.record({ by: { name, role: "admin" }, what: "config", subject, after: value });
      const [row] = log.list({ limit: 1 });
      expect(row).toMatchObject({ who: name, subject });
      expect(JSON.stringify(row?.after)).toBe(JSON.stringify(value));
    }),
    { numRuns: 200 },
  );
  expect(log.problem()).toBeUndefined();
});
