// SPDX-License-Identifier: Apache-2.0
//
// A file that is no TOML asks for nothing: what it means where it can be read may hang on what cannot. Still, whoever
// wrote it shall hear of every such line at once, with what to do about it.
import { type Problem, ProblemsError } from "../../pipeline/problem.ts";
import { readToml, type TomlDocument } from "../../pipeline/toml.ts";

const MOST = 20;
/** A line that stands for itself: with it taken out, the others mean what they meant. */
const WHOLE_PAIR = /^\s*[\w.-]+\s*=(?!.*(\[|\{|"""|'''))/;

/** Throws ProblemsError with all that is wrong. */
export function readSetupToml(text: string, file: string): TomlDocument {
  const problems: Problem[] = [];
  const lines = text.split("\n");
  while (problems.length < MOST) {
    try {
      const document = readToml(lines.join("\n"), file);
      if (problems.length === 0) return document;
      break;
    } catch (error) {
      if (!(error instanceof ProblemsError)) throw error;
      problems.push(...error.problems.map((problem) => withRemedy(problem, lines)));
      const line = (error.problems[0]?.line ?? 0) - 1;
      if (!WHOLE_PAIR.test(lines[line] ?? "")) break;
      lines[line] = "";
    }
  }
  throw new ProblemsError(problems);
}

function withRemedy(problem: Problem, lines: readonly string[]): Problem {
  const remedy = remedyFor(lines[(problem.line ?? 0) - 1] ?? "");
  return { ...problem, message: `${problem.message}; ${remedy}; nothing of this file is applied before` };
}

/** Never with the value: it may be a secret. */
function remedyFor(line: string): string {
  const [, key, value] = /^\s*([\w.-]{1,48})\s*=\s*(.*?)\s*$/.exec(line) ?? [];
  if (key !== undefined && value === "") return `write what ${key} is behind the =, or put a # in front of the line`;
  if (key !== undefined && /^[^"'[{]/.test(value ?? "")) return `text stands in quotes: ${key} = "..."`;
  if (key !== undefined && /^["']/.test(value ?? ""))
    return `see that ${key} = "..." has its quotes, and write \\\\ for each \\ between them`;
  if (/^\s*\[/.test(line)) return "a heading stands in square brackets: [wifi]";
  if (!line.includes("=")) return "a setting is written as name = value, and a comment begins with #";
  return "put this line right, or put a # in front of it";
}
