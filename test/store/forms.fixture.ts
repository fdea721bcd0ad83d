// SPDX-License-Identifier: Apache-2.0
//
// Three versions of a program whose data have changed twice. As a script: forms.fixture.ts FOLDER NUMBER brings a folder
// to the form of one of them.
import { readFileSync, rmSync } from "node:fs";
import { writeAtomic } from "../../src/store/atomic-file.ts";
import { type Migration, openDataFormat } from "../../src/store/data-format.ts";
import { DataFolder } from "../../src/store/folder.ts";

export const TO_2: Migration = {
  to: 2,
  files: ["users.json", "index.json"],
  async up(folder) {
    const { names } = JSON.parse(readFileSync(folder.file("users.json"), "utf8"));
    const users = names.map((name: string) => ({ name }));
    await writeAtomic(folder.file("users.json"), JSON.stringify({ users }), 0o600);
    await writeAtomic(folder.file("index.json"), "[]");
  },
};

const TO_3: Migration = {
  to: 3,
  files: ["state.json", "state.yaml", "index.json"],
  async up(folder) {
    await writeAtomic(folder.file("state.yaml"), readFileSync(folder.file("state.json")));
    for (const name of ["state.json", "index.json"]) rmSync(folder.file(name));
  },
};

/** By the form that the version knows. */
export const VERSIONS: Record<number, readonly Migration[]> = { 1: [], 2: [TO_2], 3: [TO_2, TO_3] };

if (import.meta.main) {
  const [path = "", form] = process.argv.slice(2);
  await openDataFormat(new DataFolder(path), () => {}, VERSIONS[Number(form)]);
}
