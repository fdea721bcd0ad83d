// SPDX-License-Identifier: Apache-2.0
// Writer for tables: comments with what a table cannot say, a header row, a row a frame. An annotation stands in the
// first row written after it came, with its own onset and duration; rows of lost frames are left out.
import { closeSync, fdatasyncSync, ftruncateSync } from "node:fs";
import { createFile, writeFully } from "./file-writing.ts";
import { gapAnnotation } from "./gap.ts";
import type { Annotation, RecordingInfo, RecordingWriter } from "./recording.ts";
import { refuse } from "./refuse.ts";

const BUFFER_CHARACTERS = 1 << 20;

export function createCsvWriter(path: string, info: RecordingInfo): RecordingWriter {
  return new CsvWriter(path, info);
}

class CsvWriter implements RecordingWriter {
  readonly clipped = 0;
  readonly invalid = 0;
  frames = 0;
  readonly #fd: number;
  readonly #rate_hz: number;
  readonly #channels: number;
  readonly #pending: Annotation[] = [];
  #buffer = "";
  #position: number;

  constructor(path: string, info: RecordingInfo) {
    if (info.channels.length === 0) refuse(path, "cannot be written without channels");
    if (!(info.rate_hz > 0 && Number.isFinite(info.rate_hz))) refuse(path, `cannot be written at ${info.rate_hz} Hz`);
    this.#rate_hz = info.rate_hz;
    this.#channels = info.channels.length;
    const head = Buffer.from(formatPreamble(info));
    this.#position = head.length;
    this.#fd = createFile(path, head);
  }

  write(samples: Float32Array, frames: number): void {
    for (let frame = 0; frame < frames; frame++) {
      let row = seconds(this.frames / this.#rate_hz);
      for (let channel = 0; channel < this.#channels; channel++)
        row += `,${float32Text(samples[frame * this.#channels + channel] as number)}`;
      this.#buffer += `${row},${annotationCells(this.#pending.shift())}\n`;
      this.frames++;
      if (this.#buffer.length > BUFFER_CHARACTERS) this.#flush();
    }
  }

  annotate(annotation: Annotation): void {
    this.#pending.push(annotation);
  }

  gap(lost: number): void {
    if (lost === 0) return;
    this.annotate(gapAnnotation(lost, this.frames, this.#rate_hz));
    this.frames += lost;
  }

  sync(): void {
    this.#flush();
    fdatasyncSync(this.#fd);
  }

  close(): void {
    for (const annotation of this.#pending.splice(0))
      this.#buffer += `${",".repeat(this.#channels + 1)}${annotationCells(annotation)}\n`;
    try {
      this.sync();
    } finally {
      closeSync(this.#fd);
    }
  }

  #flush(): void {
    const bytes = Buffer.from(this.#buffer);
    try {
      writeFully(this.#fd, bytes, this.#position);
    } catch (error) {
      ftruncateSync(this.#fd, this.#position);
      throw error;
    }
    this.#position += bytes.length;
    this.#buffer = "";
  }
}

function formatPreamble({ rate_hz, channels, start, equipment }: RecordingInfo): string {
  const names = channels.map(({ name }) => quoted(name));
  const annotation = ["annotation", "annotation_onset_s", "annotation_duration_s"];
  return [
    `# rate_hz: ${rate_hz}`,
    ...(Number.isNaN(start.getTime()) ? [] : [`# start: ${start.toISOString()}`]),
    `# equipment: ${plain(equipment)}`,
    `# units: ${channels.map(({ unit }) => plain(unit).replaceAll(",", " ")).join(",")}`,
    ["time_s", ...names, ...annotation].join(","),
    "",
  ].join("\n");
}

function annotationCells(annotation: Annotation | undefined): string {
  if (!annotation) return ",,";
  return `${quoted(annotation.text)},${seconds(annotation.onset_s)},${seconds(annotation.duration_s)}`;
}

/** The shortest text that is this 32-bit number. */
function float32Text(value: number): string {
  for (const digits of [6, 7, 8]) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  return String(Number(value.toPrecision(9)));
}

/** To a tenth of a microsecond. */
function seconds(time_s: number): string {
  return String(Number(time_s.toFixed(7)));
}

function quoted(text: string): string {
  const line = plain(text);
  return /[",;\t#]/.test(line) ? `"${line.replaceAll('"', '""')}"` : line;
}

function plain(text: string): string {
  return text.toWellFormed().replace(/\p{Control}/gu, " ");
}
