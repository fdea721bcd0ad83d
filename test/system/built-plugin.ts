// SPDX-License-Identifier: Apache-2.0
//
// First-party plugins as a user gets them: copied into a folder and built there by `stagebox plugin build`.
import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "./service.ts";

/** Returns its folder. Throws with the compiler's words. */
export function builtPlugin(id: string, plugins: string): string {
  const folder = join(plugins, id);
  mkdirSync(plugins, { recursive: true });
  cpSync(join(root, "plugins", id), folder, { recursive: true, filter: (path) => !path.endsWith("/bin") });
  stagebox("plugin", "build", folder);
  return folder;
}

/** Runs the command from source and returns what it said. Throws if it failed. */
export function stagebox(...words: string[]): string {
  const { success, stdout, stderr } = Bun.spawnSync([process.execPath, join(root, "src/main.ts"), ...words]);
  if (!success) throw new Error(`stagebox ${words.join(" ")}: ${stdout}${stderr}`);
  return stdout.toString();
}
