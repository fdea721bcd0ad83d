// SPDX-License-Identifier: Apache-2.0
import type { FileWindow } from "./file-window.ts";
import { refuse } from "./refuse.ts";

const MAX_TEXT_BYTES = 4 * 1024 ** 3;
const MAX_LINE_BYTES = 1024 * 1024;
export const MAX_COLUMNS = 10_000;
const INDEX_STEP = 256;

export interface Line {
  text: string;
  /** Of its first byte in the file. */
  position: number;
}

/** The lines of a text file from `position` on, without their ends. Lines without any text are skipped. */
export function* readLines(file: FileWindow, position: number): Generator<Line> {
  while (position < file.size) {
    const bytes = file.view(position, MAX_LINE_BYTES);
    const atEnd = position + bytes.length >= file.size;
    const complete = atEnd ? bytes.length : bytes.lastIndexOf(10) + 1;
    if (complete === 0)
      refuse(file.path, `has a line longer than ${MAX_LINE_BYTES} bytes at byte ${position}; it is no table`);
    // One character a byte, so that places in the text are places in the file.
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, complete).toString("latin1");
    for (let from = 0; from < text.length; ) {
      const newline = text.indexOf("\n", from);
      const to = newline < 0 ? text.length : newline;
      const line = text.slice(from, text[to - 1] === "\r" ? to - 1 : to);
      if (line.trim() !== "") yield { text: utf8(line), position: position + from };
      from = to + 1;
    }
    position += complete;
  }
}

/** Prepares a window for `readLines`; refuses files too large to be read as text. */
export function prepareLines(file: FileWindow): void {
  if (file.size > MAX_TEXT_BYTES)
    refuse(
      file.path,
      `is text of ${file.size} bytes; convert recordings beyond ${MAX_TEXT_BYTES} bytes to EDF, BDF or WAV`,
    );
  file.resize(Math.min(MAX_LINE_BYTES, Math.max(1, file.size)));
}

function utf8(line: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is about bytes beyond ASCII
  return /[^\x00-\x7f]/.test(line) ? Buffer.from(line, "latin1").toString("utf8") : line;
}

/** Key and value of a comment, `# key: value` or `% key = value`; lower-case key. */
export function splitComment(line: string): [key: string, value: string] | undefined {
  const end = line.search(/[:=]/);
  if (end < 0) return undefined;
  const value = line.slice(end).replace(/^[:=]+/, "");
  return [line.slice(1, end).trim().toLowerCase(), value.trim()];
}

/** Cells of a line; quoted cells may hold the delimiter, and quotes doubled. */
export function splitCells(line: string, delimiter: string): string[] {
  if (!line.includes('"')) return line.split(delimiter);
  const cells: string[] = [];
  for (let at = 0; at <= line.length; ) {
    const close = line[at] === '"' ? closingQuote(line, at + 1) : -1;
    const end = line.indexOf(delimiter, close < 0 ? at : close);
    const to = end < 0 ? line.length : end;
    cells.push(close < 0 ? line.slice(at, to) : line.slice(at + 1, close).replaceAll('""', '"'));
    at = to + 1;
  }
  return cells;
}

function closingQuote(line: string, from: number): number {
  let quote = line.indexOf('"', from);
  while (quote >= 0 && line[quote + 1] === '"') quote = line.indexOf('"', quote + 2);
  return quote;
}

/** A cell's number; NaN if it is empty or no number. */
export function cellNumber(cell: string | undefined): number {
  return cell === undefined || cell.trim() === "" ? Number.NaN : Number(cell);
}

/** The rows of a table in a text file: counted and indexed in one pass, then read from anywhere without holding it. */
export class TextRows {
  count = 0;
  /** Positions of every 256th row. */
  readonly #index: number[] = [];
  #cursor?: { row: number; lines: Generator<Line> };

  /** `parse` gives the cells of a line, or undefined if it is no row; the answer must not depend on other lines. */
  constructor(
    private readonly file: FileWindow,
    private readonly parse: (line: string) => string[] | undefined,
  ) {}

  /** The one pass; `visit` sees each row's cells. Returns how many lines were no rows. */
  scan(position: number, visit: (cells: string[], row: number) => void): number {
    let others = 0;
    for (const line of readLines(this.file, position)) {
      const cells = this.parse(line.text);
      if (!cells) {
        others++;
        continue;
      }
      if (this.count % INDEX_STEP === 0) this.#index.push(line.position);
      visit(cells, this.count);
      this.count++;
    }
    return others;
  }

  /** Passes rows `start` to `end` (exclusive) to `visit`; returns how many. Going on where the last read ended is fast. */
  read(start: number, end: number, visit: (cells: string[], row: number) => void): number {
    if (this.#cursor?.row !== start) this.#cursor = this.#seek(start);
    const cursor = this.#cursor;
    while (cursor.row < end) {
      const cells = this.#next(cursor.lines);
      if (!cells) break;
      visit(cells, cursor.row);
      cursor.row++;
    }
    return cursor.row - start;
  }

  #seek(row: number): { row: number; lines: Generator<Line> } {
    const lines = readLines(this.file, this.#index[Math.floor(row / INDEX_STEP)] ?? this.file.size);
    for (let skip = row % INDEX_STEP; skip > 0; skip--) this.#next(lines);
    return { row, lines };
  }

  #next(lines: Generator<Line>): string[] | undefined {
    for (let line = lines.next(); !line.done; line = lines.next()) {
      const cells = this.parse(line.value.text);
      if (cells) return cells;
    }
    return undefined;
  }
}
