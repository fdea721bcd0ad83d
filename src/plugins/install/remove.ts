// SPDX-License-Identifier: Apache-2.0
import { existsSync, readdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { Staging } from "./staging.ts";

/** Takes a plugin's folder away, in one step for whoever looks; its private data stays. `folder` lies in `plugins`. */
export function removePlugin(plugins: string, folder: string, id: string): void {
  const staging = new Staging(plugins);
  try {
    staging.takeOut(folder);
    const versions = join(plugins, id);
    if (existsSync(versions) && readdirSync(versions).length === 0) rmdirSync(versions);
  } finally {
    staging.discard();
  }
}
