// SPDX-License-Identifier: Apache-2.0
//
// The data folder's form, up and down, as versions come and go.
import { expect, test } from "bun:test";
import { cpSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openDataFormat } from "../../src/store/data-format.ts";
import type { DataFolder } from "../../src/store/folder.ts";
import { runUntilStep } from "../dying.ts";
import { TO_2, VERSIONS } from "./forms.fixture.ts";
import { temporaryFolders } from "./temporary-folder.ts";

const temporaryFolder = temporaryFolders();
const STRIDE = process.env.STAGEBOX_QUICK ? 7 : 2;

const [OLD, NEW, NEWEST] = [VERSIONS[1], VERSIONS[2], VERSIONS[3]];

function oldFolder(): DataFolder {
  const folder = temporaryFolder();
  writeFileSync(folder.file("users.json"), '{"names":["vera"]}', { mode: 0o600 });
  writeFileSync(folder.file("state.json"), '{"running":true}');
  writeFileSync(join(folder.recordings, "a.bdf"), "samples");
  return folder;
}

/** All files of the form, by name, but none that were kept. */
function filesOf(folder: DataFolder): Record<string, string> {
  const files = readdirSync(folder.path, { withFileTypes: true }).filter(
    (entry) => entry.isFile() && !entry.name.startsWith("."), // those were being written
  );
  return Object.fromEntries(files.map(({ name }) => [name, readFileSync(folder.file(name), "utf8")]).sort());
}

const quiet = () => {};

test("a new folder has the newest form at once, and an old one without a number the first", async () => {
  const fresh = temporaryFolder();
  await openDataFormat(fresh, quiet, NEWEST);
  expect(filesOf(fresh)).toEqual({ "schema.json": '{"schema":3}\n' });
  const old = oldFolder();
  await openDataFormat(old, quiet, OLD);
  expect(filesOf(old)["schema.json"]).toBe('{"schema":1}\n');
});

test("up, and down again to the byte; what was written meanwhile is kept", async () => {
  for (const migrations of [NEW, NEWEST]) {
    const folder = oldFolder();
    await openDataFormat(folder, quiet, OLD);
    const before = filesOf(folder);
    const told: string[] = [];
    await openDataFormat(folder, (notice) => told.push(notice), migrations);
    expect(told).toHaveLength(migrations?.length ?? 0);
    expect(JSON.parse(filesOf(folder)["users.json"] ?? "")).toEqual({ users: [{ name: "vera" }] });
    writeFileSync(folder.file("users.json"), '{"users":[{"name":"otto"}]}');
    await openDataFormat(folder, (notice) => told.push(notice), OLD);
    expect(told.at(-1)).toContain("it has form 1 again");
    expect(filesOf(folder)).toEqual(before);
    expect(statSync(folder.file("users.json")).mode & 0o777).toBe(0o600);
    const newest = migrations?.at(-1)?.to;
    expect(readFileSync(join(folder.path, `after-schema-${newest}/users.json`), "utf8")).toContain("otto");
    expect(readFileSync(join(folder.recordings, "a.bdf"), "utf8")).toBe("samples");
    writeFileSync(folder.file("users.json"), '{"names":["zoe"]}'); // by the old version
    await openDataFormat(folder, quiet, migrations);
    expect(JSON.parse(filesOf(folder)["users.json"] ?? "")).toEqual({ users: [{ name: "zoe" }] });
  }
});

test("one step down of two", async () => {
  const folder = oldFolder();
  await openDataFormat(folder, quiet, NEW);
  const before = filesOf(folder);
  await openDataFormat(folder, quiet, NEWEST);
  expect(existsSync(folder.file("state.yaml"))).toBe(true);
  await openDataFormat(folder, quiet, NEW);
  expect(filesOf(folder)).toEqual(before);
});

test("a migration that fails leaves all as it was, and says why", async () => {
  const folder = oldFolder();
  await openDataFormat(folder, quiet, OLD);
  const before = filesOf(folder);
  const failing = {
    ...TO_2,
    up: (folder: DataFolder) => TO_2.up(folder).then(() => Promise.reject(new Error("no room"))),
  };
  await expect(openDataFormat(folder, quiet, [failing])).rejects.toThrow("is as it was: no room");
  expect(filesOf(folder)).toEqual(before);
});

test("broken off anywhere, whichever version comes next has its form, and nothing is lost", async () => {
  const script = join(import.meta.dir, "forms.fixture.ts");
  for (const [from, to] of [
    [1, 3],
    [3, 1],
    [3, 2],
  ] as const) {
    const begun = async () => {
      const folder = oldFolder();
      for (const version of [1, from]) await openDataFormat(folder, quiet, VERSIONS[version]);
      return folder;
    };
    const wanted: Record<number, object> = {};
    for (const next of [1, 2, 3]) {
      const folder = await begun();
      await openDataFormat(folder, quiet, VERSIONS[next]);
      wanted[next] = filesOf(folder);
    }
    for (let step = 1, isOver = false; !isOver; step += STRIDE) {
      const folder = await begun();
      isOver = runUntilStep(step, script, folder.path, String(to)) !== undefined;
      for (const next of [1, 2, 3]) {
        const copy = temporaryFolder();
        cpSync(folder.path, copy.path, { recursive: true });
        await openDataFormat(copy, quiet, VERSIONS[next]);
        expect(filesOf(copy)).toEqual(wanted[next] as Record<string, string>);
      }
    }
  }
}, 120_000);
