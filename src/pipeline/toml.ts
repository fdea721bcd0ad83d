// SPDX-License-Identifier: Apache-2.0
//
// TOML text -> plain data with positions.
import { parse, TomlDate, TomlError } from "smol-toml";
import { type Document, type Path, pointer } from "./document.ts";
import { fileRefusal, ProblemsError } from "./problem.ts";
import { DepthError, type Mark, markAt, markToml, type Stretch } from "./toml-places.ts";

export const TOML_LIMITS = { bytes: 64 * 1024, depth: 16 } as const;

export interface TomlDocument extends Document {
  /** Offsets in the text from a key to the end of its value, both of which stand there. */
  pair(path: Path): Stretch | undefined;
}

/** Reads TOML. `file` names it in problems. Throws ProblemsError. */
export function readToml(text: string, file: string, most: number = TOML_LIMITS.bytes): TomlDocument {
  const bytes = Buffer.byteLength(text);
  if (bytes > most) throw fileRefusal(file, `has ${bytes} bytes; at most ${most} are allowed`);
  try {
    const value = parse(text, { maxDepth: TOML_LIMITS.depth });
    // The parser counts brackets, not dots: only after this is it safe to recurse.
    const marks = markToml(text, TOML_LIMITS.depth);
    return {
      value: plain(value),
      place: (path, part = "value") => place(marks, text, file, path, part),
      pair(path) {
        const { mark, found } = markAt(marks, path);
        return found ? mark.pair : undefined;
      },
    };
  } catch (error) {
    throw new ProblemsError([{ file, ...syntaxProblem(error, text) }]);
  }
}

function syntaxProblem(error: unknown, text: string): { line?: number; column?: number; message: string } {
  if (error instanceof DepthError)
    return { ...position(text, error.offset), message: `nested more than ${TOML_LIMITS.depth} deep; write it flatter` };
  if (!(error instanceof TomlError)) throw error;
  const { line, column, message } = error;
  const words = message.replace(/^Invalid TOML document: /, "").split("\n", 1)[0];
  return { line, column, message: `not TOML: ${words}` };
}

function place(marks: Mark, text: string, file: string, path: Path, part: "key" | "value") {
  const { mark, found } = markAt(marks, path);
  return { file, ...position(text, found ? mark[part] : mark.value), field: pointer(path) };
}

function position(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** Dates as the text they were written as: nothing asks for one, and an object without keys would pass for a table. */
function plain(value: unknown): unknown {
  if (value instanceof TomlDate) return value.toISOString();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}
