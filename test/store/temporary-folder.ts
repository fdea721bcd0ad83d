// SPDX-License-Identifier: Apache-2.0
import { afterEach } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DataFolder } from "../../src/store/folder.ts";

/** Makes data folders that are gone after each test. */
export function temporaryFolders(): () => DataFolder {
  const made: string[] = [];
  afterEach(() => {
    for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true });
  });
  return () => {
    const path = mkdtempSync(join(tmpdir(), "stagebox-store-"));
    made.push(path);
    return new DataFolder(path);
  };
}
