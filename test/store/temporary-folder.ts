// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DataFolder } from "../../src/store/folder.ts";

export function temporaryFolder(): DataFolder {
  return new DataFolder(mkdtempSync(join(tmpdir(), "stagebox-store-")));
}
