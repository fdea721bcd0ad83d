// SPDX-License-Identifier: Apache-2.0
// Reader for tables of samples: delimiter `,` `;` or tab, a header row with names (`O1`, `O1 (uV)`) if there is one,
// `# key: value` comments before it. Also the text files of BioSPPy (`# Sampling Rate (Hz):= 1000.00`).
import { selectChannels, tidyName, tidyUnit, uniqueNames } from "./channel-names.ts";
import { type FileWindow, openWindow } from "./file-window.ts";
import { readEnd } from "./read-end.ts";
import type { Annotation, Channel, ReaderOptions, RecordingReader } from "./recording.ts";
import { refuse } from "./refuse.ts";
import { cellNumber, MAX_COLUMNS, prepareLines, readLines, splitCells, splitComment, TextRows } from "./text-rows.ts";
import { TimeColumn } from "./time-column.ts";

const MAX_ANNOTATIONS = 1_000_000;
const MAX_COMMENTS = 1000;
const MAX_TITLE_CHARACTERS = 200;
const TIME_SCALES: Readonly<Record<string, number | undefined>> = { s: 1, sec: 1, ms: 1e-3, us: 1e-6 };

/** Which column holds what. */
interface Columns {
  delimiter: string;
  /** Cells that a row must have. */
  count: number;
  time?: { index: number; scale?: number };
  annotation?: { text: number; onset: number; duration: number };
  signals: (Channel & { index: number })[];
}

/** An annotation as a row has it; `onset_s` is NaN if the row does not say. */
interface Mark extends Annotation {
  row: number;
}

export function openCsv(path: string, options: ReaderOptions = {}): RecordingReader {
  return openWindow(path, (file) => new CsvReader(file, options));
}

class CsvReader implements RecordingReader {
  readonly format = "CSV";
  readonly rate_hz: number;
  readonly channels: readonly Channel[];
  readonly frames: number;
  readonly start?: Date;
  readonly annotations: readonly Annotation[];
  readonly gaps: readonly { frame: number; lost: number }[];
  readonly notices: string[] = [];
  readonly #file: FileWindow;
  readonly #rows: TextRows;
  /** Columns of the channels. */
  readonly #picks: number[];
  readonly #delimiter: string;

  constructor(file: FileWindow, options: ReaderOptions) {
    this.#file = file;
    prepareLines(file);
    const { comments, first, sample, position } = readPreamble(file);
    const columns = readColumns(file.path, comments, first, sample, this.notices);
    this.#delimiter = columns.delimiter;
    const chosen = selectChannels(file.path, columns.signals, options.channels);
    this.channels = chosen.map((i) => ({
      name: columns.signals[i]?.name ?? "",
      unit: columns.signals[i]?.unit ?? "1",
    }));
    this.#picks = chosen.map((i) => columns.signals[i]?.index ?? 0);

    const { delimiter, count, time, annotation, signals } = columns;
    const marks: Mark[] = [];
    const mark = (cells: string[], row: number) => {
      const text = annotation && cells[annotation.text]?.trim();
      if (!text || marks.length >= MAX_ANNOTATIONS) return;
      const onset_s = cellNumber(cells[annotation.onset]);
      marks.push({ row, onset_s, duration_s: cellNumber(cells[annotation.duration]) || 0, text });
    };
    this.#rows = new TextRows(file, (line) => {
      if (line.startsWith("#")) return undefined;
      const cells = splitCells(line, delimiter);
      return cells.length >= count && signals.some(({ index }) => cells[index]?.trim()) ? cells : undefined;
    });
    const times = time && new TimeColumn(time.scale);
    const others = this.#rows.scan(position, (cells, row) => {
      if (time) times?.add(plainNumber(cells[time.index] ?? "", delimiter), row);
      mark(cells, row);
    });
    // Annotations that came after the last sample have rows of their own.
    const late = annotation && others > 0 ? annotationRows(file, position, columns) : [];
    for (const cells of late) mark(cells, this.#rows.count);
    if (others > late.length)
      this.notices.push(`${others - late.length} lines are no rows of the table and are left out`);
    this.frames = this.#rows.count;

    const known = options.rate_hz ?? cellNumberOrNothing(comments.get("rate_hz") ?? comments.get("sampling rate (hz)"));
    const found = times?.finish(known) ?? { gaps: [], ...(known && { rate_hz: known }) };
    if (!found.rate_hz || !(found.rate_hz > 0 && Number.isFinite(found.rate_hz)))
      refuse(
        file.path,
        "does not say its sampling rate; give rate_hz to the source, or add a line `# rate_hz: 250` or a column time_s",
      );
    this.rate_hz = found.rate_hz;
    this.gaps = found.gaps;
    if ("notice" in found && found.notice) this.notices.push(found.notice);
    const start = times?.start ?? new Date(comments.get("start") ?? comments.get("date") ?? Number.NaN);
    if (!Number.isNaN(start.getTime())) this.start = start;
    this.annotations = this.#annotations(marks);
  }

  read(start: number, frames: number, out: Float32Array): number {
    const stride = this.channels.length;
    const end = readEnd(this, start, frames, out);
    if (end === start) return 0;
    return this.#rows.read(start, end, (cells, row) => {
      for (let channel = 0; channel < stride; channel++)
        out[(row - start) * stride + channel] = cellNumber(
          plainNumber(cells[this.#picks[channel] as number] ?? "", this.#delimiter),
        );
    });
  }

  close(): void {
    this.#file.close();
  }

  /** Without an onset of its own, an annotation belongs to its row. */
  #annotations(marks: Mark[]): Annotation[] {
    let lost = 0;
    let gap = 0;
    const annotations = marks.map(({ row, onset_s, duration_s, text }) => {
      for (; gap < this.gaps.length && (this.gaps[gap]?.frame ?? 0) <= row; gap++) lost += this.gaps[gap]?.lost ?? 0;
      return {
        onset_s: Number.isFinite(onset_s) ? onset_s : (row + lost) / this.rate_hz,
        duration_s: Number.isFinite(duration_s) ? Math.max(0, duration_s) : 0,
        text,
      };
    });
    return annotations.sort((a, b) => a.onset_s - b.onset_s);
  }
}

/** Comments by key, the first line behind them, the first row of samples, and where the rows begin. */
function readPreamble(file: FileWindow): {
  comments: Map<string, string>;
  first: string;
  sample: string;
  position: number;
} {
  const comments = new Map<string, string>();
  const lines = readLines(file, 0);
  for (const { text, position } of lines) {
    const line = text.replace(/^\uFEFF/, "");
    if (!line.startsWith("#")) {
      if (headless(line)) return { comments, first: line, sample: line, position };
      const next = lines.next().value;
      return { comments, first: line, sample: next?.text ?? "", position: next?.position ?? file.size };
    }
    const comment = splitComment(line);
    if (comment && comments.size < MAX_COMMENTS) comments.set(...comment);
  }
  return refuse(file.path, "holds no table; a row of names and rows of numbers were expected");
}

/** A first line of numbers only: the table has no names. */
function headless(line: string): boolean {
  const cells = line.trim().split(/[,;\t]/);
  return cells.every((cell) => cell.trim() === "" || Number.isFinite(Number(cell)));
}

function readColumns(
  path: string,
  comments: Map<string, string>,
  first: string,
  sample: string,
  notices: string[],
): Columns {
  const delimiter = ["\t", ";", ","].sort((a, b) => first.split(b).length - first.split(a).length)[0] as string;
  const cells = splitCells(first, delimiter);
  if (cells.length > MAX_COLUMNS) refuse(path, `has ${cells.length} columns; up to ${MAX_COLUMNS} can be read`);
  const labels = (comments.get("labels") ?? "").split(/[\t,]/).filter(Boolean);
  const named = !headless(first);
  const heads = cells.map((cell, i) => {
    const title = (named ? cell : (labels[i] ?? `ch${i + 1}`)).trim().slice(0, MAX_TITLE_CHARACTERS);
    const [, name = title, unit = ""] = /^(.*\S)\s*[([]([^()[\]]{1,8})[)\]]$/.exec(title) ?? [];
    return { name, unit };
  });
  const index = (...names: string[]) => heads.findIndex(({ name }) => named && names.includes(name.toLowerCase()));

  const time = index("time", "t", "time_s", "timestamp", "time_ms");
  const text = index("annotation");
  const annotation = { text, onset: index("annotation_onset_s"), duration: index("annotation_duration_s") };
  const special = [time, ...Object.values(annotation)];
  const row = splitCells(sample, delimiter);
  const rest = heads
    .map((head, i) => ({ ...head, index: i }))
    .filter(({ index, name }) => {
      if (special.includes(index) || name === "") return false;
      const cell = (row[index] ?? "").trim();
      const number = cell === "" || /^nan$/i.test(cell) || !Number.isNaN(Number(plainNumber(cell, delimiter)));
      if (!number) notices.push(`the column ${name} holds no numbers ("${cell.slice(0, 20)}") and is left out`);
      return number;
    });
  if (rest.length === 0) refuse(path, "has no columns of samples");
  const names = uniqueNames(rest.map(({ name }, i) => tidyName(name, i)));
  const units = comments.get("units")?.split(",") ?? [];
  const scale =
    heads[time]?.name.toLowerCase() === "time_ms" ? 1e-3 : TIME_SCALES[heads[time]?.unit.toLowerCase() ?? ""];
  return {
    delimiter,
    count: Math.max(...rest.map((column) => column.index), ...special) + 1,
    ...(time >= 0 && { time: { index: time, ...(scale && { scale }) } }),
    ...(text >= 0 && { annotation }),
    signals: rest.map(({ index, unit }, i) => ({ index, name: names[i] as string, unit: tidyUnit(units[i] ?? unit) })),
  };
}

/** A decimal comma goes with the delimiter `;`. */
function plainNumber(cell: string, delimiter: string): string {
  return delimiter === ";" ? cell.replace(",", ".") : cell;
}

function annotationRows(file: FileWindow, position: number, columns: Columns): string[][] {
  const rows: string[][] = [];
  for (const { text } of readLines(file, position)) {
    const cells = splitCells(text, columns.delimiter);
    const empty = columns.signals.every(({ index }) => !cells[index]?.trim());
    if (cells.length >= columns.count && empty && rows.length < MAX_ANNOTATIONS) rows.push(cells);
  }
  return rows;
}

function cellNumberOrNothing(cell: string | undefined): number | undefined {
  const value = Number.parseFloat(cell ?? "");
  return value > 0 ? value : undefined;
}
