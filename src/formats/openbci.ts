// SPDX-License-Identifier: Apache-2.0
// Reader for OpenBCI's raw text. The board numbers its samples from 0 to 255, so what its radio lost shows in the
// numbers; times are the computer's, and only tell whether whole rounds of 256 are missing.
import { selectChannels, tidyName, uniqueNames } from "./channel-names.ts";
import { type FileWindow, openWindow } from "./file-window.ts";
import { readEnd } from "./read-end.ts";
import type { Annotation, Channel, ReaderOptions, RecordingReader } from "./recording.ts";
import { refuse } from "./refuse.ts";
import { cellNumber, MAX_COLUMNS, prepareLines, readLines, splitCells, splitComment, TextRows } from "./text-rows.ts";
import { epochScale } from "./time-column.ts";

const ROUND = 256;
const MAX_GAPS = 100_000;
const MAX_ANNOTATIONS = 1_000_000;
const MAX_COMMENTS = 1000;

interface Column extends Channel {
  index: number;
  signal: boolean;
}

interface Preamble {
  board: string;
  rate_hz?: number;
  columns: Column[];
  /** -1 where the file has no such column. */
  sampleIndex: number;
  timestamp: number;
  marker: number;
  /** Of the first row. */
  position: number;
}

export function openOpenBci(path: string, options: ReaderOptions = {}): RecordingReader {
  return openWindow(path, (file) => new OpenBciReader(file, options));
}

class OpenBciReader implements RecordingReader {
  readonly format = "OpenBCI";
  readonly rate_hz: number;
  readonly channels: readonly Channel[];
  readonly frames: number;
  readonly start?: Date;
  readonly annotations: readonly Annotation[];
  readonly gaps: readonly { frame: number; lost: number }[];
  readonly notices: string[] = [];
  readonly #file: FileWindow;
  readonly #rows: TextRows;
  readonly #picks: number[];

  constructor(file: FileWindow, options: ReaderOptions) {
    this.#file = file;
    prepareLines(file);
    const { board, columns, sampleIndex, timestamp, marker, position, ...header } = readPreamble(file);
    const rate_hz = options.rate_hz ?? header.rate_hz;
    if (!rate_hz || !(rate_hz > 0 && Number.isFinite(rate_hz)))
      refuse(file.path, "does not say its sampling rate; give rate_hz to the source");
    this.rate_hz = rate_hz;
    const wanted = options.channels ?? columns.filter(({ signal }) => signal).map(({ name }) => name);
    const chosen = selectChannels(file.path, columns, wanted).map((i) => columns[i] as Column);
    this.channels = chosen.map(({ name, unit }) => ({ name, unit }));
    this.#picks = chosen.map(({ index }) => index);

    const needed = Math.max(...columns.map(({ index }) => index)) + 1;
    this.#rows = new TextRows(file, (line) => {
      const cells = line.startsWith("%") ? [] : splitCells(line, ",");
      return cells.length >= needed && Number.isFinite(cellNumber(cells[sampleIndex])) ? cells : undefined;
    });
    const counter = /ganglion/i.test(board)
      ? undefined
      : new SampleCounter(rate_hz, columns.filter(({ signal }) => signal).length > 8);
    if (!counter) this.notices.push("a Ganglion's sample numbers do not tell what is lost; gaps are not looked for");
    const annotations: Annotation[] = [];
    let start: Date | undefined;
    const others = this.#rows.scan(position, (cells, row) => {
      const time = cellNumber(cells[timestamp]);
      if (row === 0 && time > 1e8) start = new Date(time * epochScale(time) * 1000);
      counter?.add(cellNumber(cells[sampleIndex]), time * epochScale(time), row);
      const mark = cellNumber(cells[marker]) || 0;
      const onset_s = (row + (counter?.lost ?? 0)) / rate_hz;
      if (mark !== 0 && annotations.length < MAX_ANNOTATIONS)
        annotations.push({ onset_s, duration_s: 0, text: `marker ${mark}` });
    });
    if (start && !Number.isNaN(start.getTime())) this.start = start;
    if (others > 0) this.notices.push(`${others} lines are no rows of samples and are left out`);
    this.frames = this.#rows.count;
    this.gaps = counter?.gaps ?? [];
    this.annotations = annotations;
  }

  read(start: number, frames: number, out: Float32Array): number {
    const stride = this.channels.length;
    const end = readEnd(this, start, frames, out);
    if (end === start) return 0;
    return this.#rows.read(start, end, (cells, row) => {
      for (let channel = 0; channel < stride; channel++)
        out[(row - start) * stride + channel] = cellNumber(cells[this.#picks[channel] as number]);
    });
  }

  close(): void {
    this.#file.close();
  }
}

/** Finds lost samples in the board's numbering. */
class SampleCounter {
  readonly gaps: { frame: number; lost: number }[] = [];
  lost = 0;
  readonly #rate_hz: number;
  /** With a Daisy board some firmware counts by 2; a single step of 1 proves that this one does not. */
  #step: number;
  #last = Number.NaN;
  #time_s = Number.NaN;

  constructor(rate_hz: number, daisy: boolean) {
    this.#rate_hz = rate_hz;
    this.#step = daisy ? 2 : 1;
  }

  add(number: number, time_s: number, row: number): void {
    const ahead = (((number - this.#last) % ROUND) + ROUND) % ROUND;
    const elapsed = (time_s - this.#time_s) * this.#rate_hz * this.#step;
    this.#last = number;
    this.#time_s = time_s;
    if (row === 0 || Number.isNaN(ahead)) return;
    if (ahead === 1) this.#step = 1;
    // The computer's times jitter: three quarters of a round too late is taken for a round.
    const rounds = Math.max(0, Math.floor((elapsed - ahead) / ROUND + 0.25)) || 0;
    const lost = Math.round((ahead + rounds * ROUND) / this.#step) - 1;
    if (lost > 0 && Number.isSafeInteger(this.lost + lost)) {
      this.lost += lost;
      if (this.gaps.length < MAX_GAPS) this.gaps.push({ frame: row, lost });
    }
  }
}

function readPreamble(file: FileWindow): Preamble {
  const header = new Map<string, string>();
  const lines = readLines(file, 0);
  let line = lines.next();
  for (; !line.done && line.value.text.startsWith("%"); line = lines.next()) {
    const comment = splitComment(line.value.text);
    if (comment && header.size < MAX_COMMENTS) header.set(...comment);
  }
  if (line.done) return refuse(file.path, "ends before its first sample");
  const rate_hz = Number.parseFloat(header.get("sample rate") ?? "");
  const common = { board: header.get("board") ?? "", ...(rate_hz > 0 && { rate_hz }) };
  const titles = line.value.text.split(",").map((title) => title.trim());
  if (titles.length > MAX_COLUMNS)
    return refuse(file.path, `has ${titles.length} columns; up to ${MAX_COLUMNS} can be read`);
  if (titles[0] === "Sample Index") {
    const first = lines.next();
    const position = first.done ? file.size : first.value.position;
    return { ...common, ...describeColumns(titles), position };
  }
  // Files before version 5 of the GUI have no row of titles: the sample's number, then the channels.
  const count = Number(header.get("number of channels"));
  if (!Number.isInteger(count) || count < 1 || count > 64)
    return refuse(file.path, "has neither a row of column titles nor a number of channels");
  const exg = Array.from({ length: count }, (_, i) => `EXG Channel ${i}`);
  return { ...common, ...describeColumns(["Sample Index", ...exg]), position: line.value.position };
}

function describeColumns(titles: string[]): Omit<Preamble, "board" | "position"> {
  const timestamp = titles.indexOf("Timestamp");
  const marker = titles.findIndex((title) => /^marker/i.test(title));
  const special = [0, timestamp, marker, titles.indexOf("Timestamp (Formatted)")];
  const names = uniqueNames(titles.map(tidyName));
  const columns = names
    .map((name, index) => ({ name, index, signal: /^EXG /i.test(name), unit: columnUnit(name) }))
    .filter(({ index }) => !special.includes(index));
  return { columns, sampleIndex: 0, timestamp, marker };
}

function columnUnit(name: string): string {
  if (/^EXG /i.test(name)) return "uV";
  return /^Accel /i.test(name) ? "g" : "1";
}
