// SPDX-License-Identifier: Apache-2.0
//
// The pipelines that a plugin brings to be tested with, through the same runner as `stagebox check`, with the plugin's
// components beside the built-in ones.
import { Glob } from "bun";
import { EngineError } from "../../native/engine.ts";
import { Library, type LibraryOptions } from "../../native/library.ts";
import { ProblemsError } from "../../pipeline/problem.ts";
import { fileIn } from "../../plugins/discovery/plugin-files.ts";
import type { FoundPlugin } from "../../plugins/plugin.ts";
import { LiveCatalog } from "../../runtime/catalog.ts";
import { checkPipeline } from "../check/check.ts";
import { type CaseResult, caseResult, skippedCase } from "./case-result.ts";

export async function* checkPipelinesOf(
  { folder, manifest }: FoundPlugin,
  library: string,
  options: Partial<LibraryOptions>,
  signal: AbortSignal,
): AsyncGenerator<CaseResult> {
  const files = manifest.test.pipelines.flatMap((pattern) => [...new Glob(pattern).scanSync(folder)]).sort();
  if (files.length === 0) {
    yield skippedCase("pipelines", "it brings none; [test] in plugin.toml names them");
    return;
  }
  const catalog = new LiveCatalog();
  let open: Library;
  try {
    open = await Library.open(library, options);
    catalog.replace(undefined, open.components);
  } catch (error) {
    if (!(error instanceof EngineError || error instanceof ProblemsError)) throw error;
    yield caseResult("pipelines", [error.message]);
    return;
  }
  try {
    for (const file of files) {
      for await (const test of checkPipeline(fileIn(folder, file), catalog, signal)) {
        const result = caseResult(`${file}: ${test.name}`, test.reasons);
        yield test.result === "skipped" ? { ...result, result: "skipped" } : result;
      }
    }
  } finally {
    open.close();
  }
}
