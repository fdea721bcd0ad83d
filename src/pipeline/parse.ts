// SPDX-License-Identifier: Apache-2.0
//
// YAML text -> plain data with positions. A pipeline uses the plain part of YAML only: one document, no aliases, no
// tags, no merge keys. Aliases could blow a kilobyte up to gigabytes, and nesting could exhaust the stack: depth is
// counted while the tokens come in, before anything recurses.
import {
  Composer,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  Parser,
  type YAMLError,
  type Document as Yaml,
} from "yaml";
import { type Document, type Path, pointer } from "./document.ts";
import { LIMITS } from "./limits.ts";
import { type Problem, ProblemsError } from "./problem.ts";
import { quote } from "./words.ts";

type Tokens = Parameters<Composer["next"]>[0][];

/** Reads YAML (or JSON, which is YAML). `file` names it in problems. Throws ProblemsError. */
export function parse(text: string, file: string): Document {
  if (text.length > LIMITS.yaml_chars)
    throw new ProblemsError([
      { file, message: `has ${text.length} characters; at most ${LIMITS.yaml_chars} are allowed` },
    ]);
  const lines = new LineCounter();
  const reading = new Reading(file, lines);
  const value = reading.document(composeOne(readTokens(text, lines, reading), text.length, reading));
  reading.settle();
  return { value, place: (path, part = "value") => reading.place(path, part) };
}

function readTokens(text: string, lines: LineCounter, reading: Reading): Tokens {
  lines.addNewLine(0);
  const parser = new Parser(lines.addNewLine);
  const tokens: Tokens = [];
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme));
    if (parser.stack.length > LIMITS.yaml_depth) {
      reading.refuse(parser.offset, `nested more than ${LIMITS.yaml_depth} deep; a pipeline needs 8 levels at most`);
      reading.settle();
    }
  }
  return [...tokens, ...parser.end()];
}

/** The stream's only document; syntax errors end the reading here, as what follows them is guesswork. */
function composeOne(tokens: Tokens, end: number, reading: Reading): Yaml.Parsed {
  const composer = new Composer({
    version: "1.2",
    schema: "core",
    uniqueKeys: false,
    stringKeys: true,
    prettyErrors: false,
  });
  const [first, second] = composer.compose(tokens, true, end);
  if (!first) throw new Error("yaml composed no document although it was forced to");
  for (const error of [...first.errors, ...first.warnings]) reading.refuse(error.pos[0], syntaxWords(error));
  if (second) reading.refuse(second.range[0], "a second document begins here; keep one pipeline a file");
  reading.settle();
  return first;
}

function syntaxWords(error: YAMLError): string {
  if (error.code === "TAB_AS_INDENT") return "a tab cannot indent; use spaces";
  if (error.code === "TAG_RESOLVE_FAILED") return "tags (!name) are not allowed here; write the plain value";
  return `not YAML: ${error.message}`;
}

/** Turns nodes into plain data and remembers where each key and value began. */
class Reading {
  private readonly offsets = new Map<string, { key: number; value: number }>();
  private readonly problems: Problem[] = [];

  constructor(
    private readonly file: string,
    private readonly lines: LineCounter,
  ) {}

  document(yaml: Yaml.Parsed): unknown {
    return this.read(yaml.contents, [], 0);
  }

  place(path: Path, part: "key" | "value"): Omit<Problem, "message"> {
    const around = path.findLastIndex((_, index) => this.offsets.has(pointer(path.slice(0, index + 1)))) + 1;
    const offsets = this.offsets.get(pointer(path.slice(0, around)));
    const place = this.position(offsets?.[around === path.length ? part : "value"] ?? 0);
    return { ...place, field: pointer(path) };
  }

  refuse(offset: number, message: string): void {
    if (this.problems.length < LIMITS.problems) this.problems.push({ ...this.position(offset), message });
  }

  settle(): void {
    if (this.problems.length > 0) throw new ProblemsError(this.problems);
  }

  private position(offset: number): Omit<Problem, "message"> {
    const { line, col } = this.lines.linePos(offset);
    return { file: this.file, line: Math.max(1, line), column: Math.max(1, col) };
  }

  private read(node: unknown, path: Path, keyOffset: number): unknown {
    const offset = rangeStart(node) ?? keyOffset;
    this.offsets.set(pointer(path), { key: keyOffset, value: offset });
    if (isAlias(node)) this.refuse(offset, "aliases (*name) are not allowed here; write the value out");
    if (isScalar(node)) return node.value;
    if (isSeq(node))
      return node.items.map((item, index) => this.read(item, [...path, index], rangeStart(item) ?? offset));
    if (!isMap(node)) return null;
    const seen = new Set<string>();
    // fromEntries makes even "__proto__" an ordinary key.
    return Object.fromEntries(
      node.items.map((pair) => {
        const key = String(isScalar(pair.key) ? pair.key.value : pair.key);
        const start = rangeStart(pair.key) ?? offset;
        if (seen.has(key)) this.refuse(start, `${quote(key)} stands here a second time; keep one`);
        seen.add(key);
        return [key, this.read(pair.value, [...path, key], start)];
      }),
    );
  }
}

function rangeStart(node: unknown): number | undefined {
  return (node as { range?: [number, number, number] | null } | null)?.range?.[0];
}
