// SPDX-License-Identifier: Apache-2.0
//
// Who allowed what, and when: audit.db in the data folder. Rows are only ever added: triggers refuse to change or delete
// one, and each carries a hash over itself and the one before, so that what was changed by hand with other tools is found
// and said. So that it cannot fill a card, the oldest rows make room, which a row of its own tells; it carries the hash on
// from which the rest is chained. Where the disk is full or broken the box goes on, and says once that nobody keeps track.
import { Database } from "bun:sqlite";
import { createHash } from "node:crypto";
import { chmodSync, renameSync, rmSync } from "node:fs";
import { messageOf } from "../pipeline/problem.ts";
import type { DataFolder } from "./folder.ts";
import type { Notify } from "./json-file.ts";
import type { Role } from "./tokens.ts";

/** Who did it: a user by the name of the token, whoever sat at the box, a plugin by its id, or the box by itself. */
export interface Actor {
  name: string;
  role: Role | "plugin" | "box";
}

export const BOX: Actor = { name: "box", role: "box" };
/** Somebody at the command line of the box, or with an editor. */
export const LOCAL: Actor = { name: "command line", role: "admin" };

export interface AuditEntry {
  by: Actor;
  /** grant, revoke, enable, disable, trust, distrust, pin, unpin, config, install, update, remove, roll-back ... */
  what: string;
  /** Mostly a plugin's id. */
  subject: string;
  before?: unknown;
  after?: unknown;
}

export interface AuditRow {
  id: number;
  /** ISO 8601. */
  time: string;
  who: string;
  role: string;
  what: string;
  subject: string;
  before?: unknown;
  after?: unknown;
}

export interface AuditQuery {
  /** Only older ones: the id of the last row of a page leads to the next. */
  before?: number;
  limit?: number;
  who?: string;
  what?: string;
  subject?: string;
}

/** The one function through which everything is noted. */
export type Audit = Pick<AuditLog, "record">;
export const NO_AUDIT: Audit = { record() {} };

const MOST_ROWS = 10_000;
/** Dropped at once, so that it does not happen for every row. */
const DROPPED = 1000;
const MOST_CHARS = 4096;
const PAGE = { usual: 100, most: 1000 };
const GUARDS = `
  CREATE TRIGGER IF NOT EXISTS no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit rows stay'); END;
  CREATE TRIGGER IF NOT EXISTS no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit rows stay'); END;`;
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT, time TEXT NOT NULL, who TEXT NOT NULL, role TEXT NOT NULL,
    what TEXT NOT NULL, subject TEXT NOT NULL, before TEXT, after TEXT, hash TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS audit_subject ON audit (subject);${GUARDS}`;

interface StoredRow {
  id: number;
  time: string;
  who: string;
  role: string;
  what: string;
  subject: string;
  before: string | null;
  after: string | null;
  hash: string;
}

export class AuditLog {
  #database: Database | undefined;
  #hasTold = false;
  /** That could not be written. */
  #lost = 0;

  constructor(
    private readonly folder: DataFolder,
    private readonly notify: Notify,
    private readonly most_rows = MOST_ROWS,
    private readonly dropped = DROPPED,
  ) {
    this.#attempt(() => {
      this.#database = this.#open();
      const broken = this.problem();
      if (broken) this.notify(`the audit log was changed by other means than Stagebox: ${broken}`);
    });
  }

  /** Never throws: what is noted down has happened. */
  record({ by, what, subject, before, after }: AuditEntry): void {
    this.#attempt(() => {
      const row = { who: by.name, role: by.role, what, subject, before: stored(before), after: stored(after) };
      this.#transaction((database) => {
        if (this.#lost > 0) {
          const words = stored({ rows: this.#lost });
          append(database, { ...BOX_ROW, what: "rows lost", before: null, after: words });
        }
        append(database, row);
        this.#makeRoom(database);
      });
      this.#lost = 0;
      this.#hasTold = false;
    }, 1);
  }

  /** The latest first. Throws where the database cannot be read. */
  list({ before, limit = PAGE.usual, who, what, subject }: AuditQuery = {}): AuditRow[] {
    const conditions = Object.entries({ who, what, subject }).filter(([, value]) => value !== undefined);
    const where = [...conditions.map(([name]) => `${name} = ?`), ...(before === undefined ? [] : ["id < ?"])];
    const values = [...conditions.map(([, value]) => value as string), ...(before === undefined ? [] : [before])];
    const sql = `SELECT * FROM audit ${where.length > 0 ? `WHERE ${where.join(" AND ")}` : ""} ORDER BY id DESC LIMIT ?`;
    const rows = this.#reading((database) =>
      database.query<StoredRow, (string | number)[]>(sql).all(...values, Math.min(limit, PAGE.most)),
    );
    return rows.map(({ hash: _, before, after, ...row }) => ({
      ...row,
      ...(before !== null && { before: parsed(before) }),
      ...(after !== null && { after: parsed(after) }),
    }));
  }

  /** What was changed by hand, in words; undefined if nothing. */
  problem(): string | undefined {
    return this.#reading(brokenLink);
  }

  close(): void {
    this.#database?.close();
    this.#database = undefined;
  }

  #open(): Database {
    const path = this.folder.file("audit.db");
    try {
      return openDatabase(path);
    } catch (error) {
      if (!/NOTADB|CORRUPT/.test(String((error as { code?: unknown }).code))) throw error;
      for (const more of ["-wal", "-shm"]) rmSync(`${path}${more}`, { force: true });
      renameSync(path, `${path}.unreadable`);
      this.notify(`${path} could not be read and was set aside as ${path}.unreadable; a new audit log begins`);
      return openDatabase(path);
    }
  }

  #reading<T>(read: (database: Database) => T): T {
    this.#database ??= this.#open();
    return read(this.#database);
  }

  #transaction(act: (database: Database) => void): void {
    this.#reading((database) => database.transaction(() => act(database)).immediate());
  }

  /** The oldest go, as many that there is room for a while; the row that tells it holds on to the chain. */
  #makeRoom(database: Database): void {
    const count = "SELECT max(id) - min(id) + 1 AS rows FROM audit";
    if ((database.query<{ rows: number }, []>(count).get()?.rows ?? 0) <= this.most_rows) return;
    const last = database
      .query<StoredRow, [number]>("SELECT * FROM audit ORDER BY id LIMIT 1 OFFSET ?")
      .get(this.dropped - 1) as StoredRow;
    database.run("DROP TRIGGER no_delete");
    database.run("DELETE FROM audit WHERE id <= ?", [last.id]);
    database.run(GUARDS);
    append(database, {
      ...BOX_ROW,
      what: "rows dropped",
      before: null,
      after: stored({ to: last.id, hash: last.hash }),
    });
  }

  #attempt(act: () => void, rows = 0): void {
    try {
      act();
    } catch (error) {
      this.#lost += rows;
      if (!this.#hasTold) this.notify(`the audit log cannot be written, so nobody keeps track: ${messageOf(error)}`);
      this.#hasTold = true;
    }
  }
}

const BOX_ROW = { who: BOX.name, role: BOX.role, subject: "audit" };

function openDatabase(path: string): Database {
  const database = new Database(path, { create: true, strict: true });
  try {
    // Durable enough: a power cut may cost the latest rows, and never more; each write to a card costs it life.
    database.run("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 2000;");
    database.run(SCHEMA);
    chmodSync(path, 0o600);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function append(database: Database, row: Omit<StoredRow, "id" | "time" | "hash">): void {
  const last = database.query<StoredRow, []>("SELECT * FROM audit ORDER BY id DESC LIMIT 1").get();
  const id = Math.max(last?.id ?? 0, sequence(database)) + 1;
  const time = new Date().toISOString();
  const hash = hashOf(last?.hash ?? "", { ...row, id, time });
  const { who, role, what, subject, before, after } = row;
  database.run("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", [
    ...[id, time, who, role, what, subject],
    ...[before, after, hash],
  ]);
}

function hashOf(before: string, { id, time, who, role, what, subject, before: was, after }: Omit<StoredRow, "hash">) {
  const text = JSON.stringify([before, id, time, who, role, what, subject, was, after]);
  return createHash("sha256").update(text).digest("hex");
}

/** The highest id that there ever was. */
function sequence(database: Database): number {
  return database.query<{ seq: number }, []>("SELECT seq FROM sqlite_sequence WHERE name = 'audit'").get()?.seq ?? 0;
}

/** Where the chain is broken first. */
function brokenLink(database: Database): string | undefined {
  let before: StoredRow | undefined;
  for (const row of database.query<StoredRow, []>("SELECT * FROM audit ORDER BY id").iterate()) {
    const link = before?.hash ?? (row.id === 1 ? "" : droppedBefore(database, row.id));
    if (link === undefined) return `rows before ${row.id} are gone`;
    if (before && row.id !== before.id + 1) return `rows ${before.id + 1} to ${row.id - 1} are gone`;
    if (hashOf(link, row) !== row.hash) return `row ${row.id} is not what was written`;
    before = row;
  }
  const last = sequence(database);
  return (before?.id ?? 0) < last ? `rows ${(before?.id ?? 0) + 1} to ${last} are gone` : undefined;
}

/** The hash of the last row that was dropped before this one, as it was noted then. */
function droppedBefore(database: Database, id: number): string | undefined {
  const rows = database
    .query<StoredRow, []>("SELECT * FROM audit WHERE what = 'rows dropped' AND role = 'box' ORDER BY id DESC")
    .all();
  const marks = rows.map(({ after }) => parsed(after ?? "") as { to?: number; hash?: string } | undefined);
  return marks.find((mark) => mark?.to === id - 1)?.hash;
}

/** As JSON, as far as there is room. */
function stored(value: unknown): string | null {
  if (value === undefined) return null;
  const text = JSON.stringify(value);
  return text.length <= MOST_CHARS ? text : JSON.stringify(`${text.slice(0, MOST_CHARS / 2)}...`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
