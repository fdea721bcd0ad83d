// SPDX-License-Identifier: Apache-2.0
//
// What a plugin in TypeScript imports, looked at before any of it runs: its own files, what Stagebox offers, and modules
// that only compute. What a module could do beyond that, the sandbox refuses.
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Problem, ProblemsError } from "../../pipeline/problem.ts";
import { either, quote } from "../../pipeline/words.ts";
import { hostTriple } from "../../triple.ts";
import { codeFiles, NO_CODE } from "../discovery/plugin-library.ts";
import type { Manifest } from "../plugin.ts";

const OFFERED = ["stagebox", "node:assert", "node:buffer", "node:events", "node:path", "node:util", "node:zlib"];
/** More is not written by a person. */
const MOST_FILE_BYTES = 4e6;

/** Throws ProblemsError with every file that is no TypeScript, and every import that is none of these. */
export function checkScript(folder: string, manifest: Manifest): void {
  const files = codeFiles(manifest, folder, hostTriple);
  const problems = files.flatMap((file) => problemsOf(file, folder));
  if (problems.length > 0) throw new ProblemsError(problems);
}

function problemsOf(name: string, folder: string): Problem[] {
  const file = join(folder, name);
  if (statSync(file).size > MOST_FILE_BYTES)
    return [{ file, message: `has more than ${MOST_FILE_BYTES / 1e6} MB; bring data in files of its own` }];
  const source = readFileSync(file, "utf8");
  const transpiler = new Bun.Transpiler({ loader: "ts", target: "bun" });
  try {
    return transpiler.scan(source).imports.flatMap(({ path, kind }): Problem[] => {
      const message = importProblem(path, kind, dirname(name), folder);
      return message === undefined ? [] : [{ file, ...placeOf(path, source), message }];
    });
  } catch (error) {
    return syntaxProblems(error).map((problem) => ({ file, ...problem }));
  }
}

function importProblem(path: string, kind: string, from: string, folder: string): string | undefined {
  if (OFFERED.includes(path)) return undefined;
  if (!path.startsWith("."))
    return `imports ${quote(path)}; a plugin has its own files and ${either(OFFERED)}: put what it needs into its folder`;
  const target = join(from, path);
  if (target.startsWith("..")) return `imports ${quote(path)}, which lies outside of the plugin's folder`;
  if (NO_CODE.test(target)) return `imports ${quote(path)}, which is for its tests; put what it needs elsewhere`;
  if (!/\.(ts|json)$/.test(target)) return `imports ${quote(path)}; write the whole name, with .ts or .json at its end`;
  return existsSync(join(folder, target)) ? undefined : `imports ${quote(path)}, which is not there (${kind})`;
}

/** Where it is written first. */
function placeOf(path: string, source: string): Pick<Problem, "line" | "column"> {
  const at = source.search(new RegExp(`["'\`]${RegExp.escape(path)}["'\`]`));
  if (at < 0) return {};
  const lines = source.slice(0, at).split("\n");
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}

function syntaxProblems(error: unknown): Problem[] {
  const messages = error instanceof AggregateError ? error.errors : [error];
  return messages.map((it): Problem => {
    const { message, position } = it as { message?: string; position?: { line: number; column: number } };
    return { message: String(message ?? it), ...(position && { line: position.line, column: position.column }) };
  });
}
