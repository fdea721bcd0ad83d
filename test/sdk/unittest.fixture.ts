// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";

const root = join(import.meta.dir, "../..");
const PYTHON = "/usr/bin/python3";

export const hasNumpy = Bun.spawnSync([PYTHON, "-c", "import numpy"]).success;
if (!hasNumpy) console.log("skipped: the SDK of Python: there is no python3-numpy");

/** "OK" if all tests below a folder pass and there are some; else what unittest says. */
export async function unittest(folder: string): Promise<string> {
  const child = Bun.spawn([PYTHON, "-B", "-m", "unittest", "discover", "-s", join(root, folder)], {
    ...{ env: { ...process.env, PYTHONPATH: join(root, "sdk/python") }, stdout: "pipe", stderr: "pipe" },
  });
  const [said, code] = await Promise.all([new Response(child.stderr).text(), child.exited]);
  return code === 0 && /^Ran [1-9]\d* tests? in/m.test(said) ? "OK" : said;
}
