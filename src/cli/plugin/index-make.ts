// SPDX-License-Identifier: Apache-2.0
//
// stagebox plugin index.
import { statSync } from "node:fs";
import { join } from "node:path";
import { fileRefusal, formatProblem } from "../../pipeline/problem.ts";
import { INDEX_FILE, INDEX_SIGNATURE } from "../../plugins/index/index-file.ts";
import { makeIndex } from "../../plugins/index/make-index.ts";
import { sign } from "../../plugins/signature/signature.ts";
import { writeAtomic } from "../../store/atomic-file.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Output } from "../output.ts";
import { shownPath } from "./folders.ts";
import { signingKey } from "./key.ts";

export async function indexFolder(folder: string, key: string | undefined, output: Output): Promise<ExitCode> {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw fileRefusal(folder, "is no folder of bundles");
  const secret = await signingKey(key);
  const { index, warnings } = makeIndex(folder, new Date());
  for (const problem of warnings) console.error(`warning: ${formatProblem(problem)}`);
  const text = `${JSON.stringify(index, null, 1)}\n`;
  const signature = sign(Buffer.from(text), secret, `file:${INDEX_FILE}\tmade:${index.made}`);
  await writeAtomic(join(folder, INDEX_FILE), text);
  await writeAtomic(join(folder, INDEX_SIGNATURE), signature);
  const versions = index.plugins.reduce((sum, plugin) => sum + plugin.versions.length, 0);
  output.line(`${shownPath(join(folder, INDEX_FILE))}: ${index.plugins.length} plugins, ${versions} versions, signed`);
  return EXIT.ok;
}
