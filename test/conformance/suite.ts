// SPDX-License-Identifier: Apache-2.0
import type { CaseResult } from "../../src/cli/plugin-check/case-result.ts";
import { checkLibrary, type LibraryCheck } from "../../src/cli/plugin-check/library.ts";

/** All cases of a library. */
export async function casesOf(library: string, check: Partial<LibraryCheck> = {}): Promise<CaseResult[]> {
  const { signal } = new AbortController();
  const results: CaseResult[] = [];
  for await (const line of checkLibrary({ library, options: [], seed: 1, quick: true, signal, ...check }))
    if ("case" in line) results.push(line);
  return results;
}

export const failuresOf = (results: readonly CaseResult[]) => results.filter(({ result }) => result === "failed");

/** `case: reason` */
export const wordsOf = (results: readonly CaseResult[]) => results.map((result) => `${result.case}: ${result.reason}`);
