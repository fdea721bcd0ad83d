// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";

/** Plugins that crash, hang, lie and so on; see its README. */
export const BAD_PLUGINS = join(import.meta.dir, "bad");
/** The same in Python. */
export const BAD_PYTHON = join(import.meta.dir, "bad-python");

/** And in TypeScript. */
export const BAD_SCRIPT = join(import.meta.dir, "bad-script");

/** Compiles those that have changed. Throws with the compiler's words, warnings too. */
export function buildBadPlugins(): void {
  const { success, stderr } = Bun.spawnSync(["make", "-s", "-C", BAD_PLUGINS], { stdout: "ignore", stderr: "pipe" });
  if (!success || stderr.length > 0) throw new Error(`the bad plugins do not build: ${stderr}`);
}
