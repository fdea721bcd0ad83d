// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mendRecordings } from "../../src/store/mend-recordings.ts";
import { temporaryFolders } from "./temporary-folder.ts";

const temporaryFolder = temporaryFolders();

test("only recordings of our own that lie in the folder are mended", () => {
  const folder = temporaryFolder();
  const ours = `${" ".repeat(88)}Startdate X X X Stagebox_1`.padEnd(256);
  const put = (name: string, text: string) => writeFileSync(join(folder.recordings, name), text);
  put("ours.edf", ours);
  put("other.edf", ours.replace("Stagebox", "Other"));
  put("ours.csv", ours);
  writeFileSync(folder.file("outside.bdf"), ours);
  symlinkSync(folder.file("outside.bdf"), join(folder.recordings, "link.bdf"));
  mkdirSync(join(folder.recordings, "folder.edf"));
  const mended: string[] = [];
  const notices: string[] = [];
  mendRecordings(
    folder.recordings,
    (path) => mended.push(path) > 0,
    (notice) => notices.push(notice),
  );
  expect(mended).toEqual([join(folder.recordings, "ours.edf")]);
  expect(notices).toHaveLength(1);
});
