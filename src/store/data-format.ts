// SPDX-License-Identifier: Apache-2.0
//
// The form of the files in the data folder, counted by a number that stands in it. A newer version brings older files to
// its form and keeps them as they were in before-schema-N; an older version, after a roll-back, takes them back from
// there and keeps what it found in after-schema-N. Recordings and plugins have forms of their own, and are never touched.
//
// The number says on which way the folder is, too ({"schema":1,"to":2}), so that whoever comes after a power cut undoes
// what was broken off, from what was kept, and begins again.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileRefusal, messageOf } from "../pipeline/problem.ts";
import { syncFolder, writeAtomic } from "./atomic-file.ts";
import type { DataFolder } from "./folder.ts";
import type { Notify } from "./json-file.ts";
import { MIGRATIONS } from "./migrations.ts";

export interface Migration {
  /** The form that it leads to, from the one before. */
  to: number;
  /** What it may change, make or delete: files directly in the data folder. */
  files: readonly string[];
  /** Whatever it writes, it writes whole (writeAtomic). Throws where it cannot. */
  up(folder: DataFolder): Promise<void>;
}

const FIRST = 1;
const FORM_FILE = "schema.json";
/** In a kept folder: what may have been there, whether it was or not. */
const LIST_FILE = "files.json";

interface Form {
  schema: number;
  /** On its way there. */
  to?: number;
}

/** Brings the folder to this version's form, from an older one or a newer. `migrations` are for tests. Throws
 * ProblemsError if that is not possible; the folder is then as it was. */
export async function openDataFormat(folder: DataFolder, notify: Notify, migrations = MIGRATIONS): Promise<void> {
  const own = migrations.at(-1)?.to ?? FIRST;
  const schema = await standing(folder, readForm(folder) ?? { schema: isNew(folder) ? own : FIRST });
  if (schema > own) await takeBack(folder, schema, own, notify);
  for (const migration of migrations) if (migration.to > schema) await migrate(folder, migration, notify);
  if (readForm(folder)?.schema !== own) await writeForm(folder, { schema: own });
}

/** The form that it has, once what was broken off on the way to another is undone. */
async function standing(folder: DataFolder, { schema, to }: Form): Promise<number> {
  if (to === undefined) return schema;
  await restore(folder, to > schema ? beforeFolder(folder, to) : afterFolder(folder, schema));
  await writeForm(folder, { schema });
  return schema;
}

const beforeFolder = (folder: DataFolder, schema: number) => join(folder.path, `before-schema-${schema}`);
const afterFolder = (folder: DataFolder, schema: number) => join(folder.path, `after-schema-${schema}`);

async function migrate(folder: DataFolder, { to, files, up }: Migration, notify: Notify): Promise<void> {
  const kept = beforeFolder(folder, to);
  await keep(folder, files, kept);
  await writeForm(folder, { schema: to - 1, to });
  try {
    await up(folder);
  } catch (error) {
    await standing(folder, { schema: to - 1, to });
    throw fileRefusal(folder.path, `could not be brought to form ${to} and is as it was: ${messageOf(error)}`);
  }
  await writeForm(folder, { schema: to });
  if (readdirSync(kept).length > 1) notify(`the data folder has form ${to} now; what was changed is kept in ${kept}`);
}

async function takeBack(folder: DataFolder, schema: number, own: number, notify: Notify): Promise<void> {
  const kept = Array.from({ length: schema - own }, (_, at) => beforeFolder(folder, schema - at)).filter(existsSync);
  const after = afterFolder(folder, schema);
  await keep(folder, [...new Set(kept.flatMap(readList))], after);
  await writeForm(folder, { schema, to: own });
  for (const each of kept) await restore(folder, each); // the latest first: each leads to the form before
  await writeForm(folder, { schema: own });
  for (const each of kept) rmSync(each, { recursive: true, force: true });
  notify(
    kept.length === schema - own
      ? `a newer version had changed the data folder's form: it has form ${own} again, and what was changed since is kept in ${after}`
      : `a newer version has changed the data folder's form to ${schema}; what cannot be read of it is set aside`,
  );
}

/** Copies those that are there. The folder has its name once it is whole. */
async function keep(folder: DataFolder, files: readonly string[], kept: string): Promise<void> {
  const unfinished = `${kept}.unfinished`;
  for (const stale of [unfinished, kept]) rmSync(stale, { recursive: true, force: true });
  mkdirSync(unfinished, { mode: 0o700 });
  for (const name of files) {
    const from = join(folder.path, name);
    if (existsSync(from)) await writeAtomic(join(unfinished, name), readFileSync(from), statSync(from).mode & 0o777);
  }
  await writeAtomic(join(unfinished, LIST_FILE), JSON.stringify(files));
  renameSync(unfinished, kept);
  await syncFolder(folder.path);
}

/** Each file as it was, and none that was not there. */
async function restore(folder: DataFolder, kept: string): Promise<void> {
  for (const name of readList(kept)) {
    const [from, to] = [join(kept, name), join(folder.path, name)];
    if (existsSync(from)) await writeAtomic(to, readFileSync(from), statSync(from).mode & 0o777);
    else rmSync(to, { force: true });
  }
  await syncFolder(folder.path);
}

function readList(kept: string): string[] {
  return JSON.parse(readFileSync(join(kept, LIST_FILE), "utf8"));
}

/** Undefined where there is none, as in a folder of the first form. */
function readForm(folder: DataFolder): Form | undefined {
  try {
    const { schema, to } = JSON.parse(readFileSync(folder.file(FORM_FILE), "utf8"));
    if (!Number.isInteger(schema) || schema < FIRST) return undefined;
    return { schema, ...(Number.isInteger(to) && { to }) };
  } catch {
    return undefined;
  }
}

function writeForm(folder: DataFolder, form: Form): Promise<void> {
  return writeAtomic(folder.file(FORM_FILE), `${JSON.stringify(form)}\n`);
}

/** Nothing is there but what says whose it is. */
function isNew(folder: DataFolder): boolean {
  return readdirSync(folder.path).every((name) => name === "stagebox.lock");
}
