// SPDX-License-Identifier: Apache-2.0
import { EngineError } from "../../native/engine.ts";
import { inspectLibrary } from "../../native/library.ts";
import { fileRefusal } from "../../pipeline/problem.ts";

/**
 * Looks at a library for this machine without running it. Returns what an author should know: another minor version of
 * the ABI. Throws ProblemsError for one that could not be loaded; `name` stands for the file in it.
 */
export function checkLibrary(library: string, name: string): string | undefined {
  try {
    const { warning } = inspectLibrary(library);
    return warning && `${name}: ${warning}`;
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw fileRefusal(name, error.message.replace(`${library}: `, ""));
  }
}
