// SPDX-License-Identifier: Apache-2.0
// The header that EDF, EDF+, BDF and BDF+ share: 256 bytes for the recording, then 256 for each signal, all of it
// text in fixed columns. https://www.edfplus.info/specs/edf.html, .../edfplus.html; BDF has 24-bit samples.
import { refuse } from "./refuse.ts";

export interface EdfSignal {
  label: string;
  unit: string;
  physical_min: number;
  physical_max: number;
  digital_min: number;
  digital_max: number;
  /** In each data record. */
  samples: number;
}

export interface EdfHeader {
  /** 2 in EDF, 3 in BDF. */
  sample_bytes: 2 | 3;
  /** EDF+ or BDF+, continuous or discontinuous; plain EDF and BDF have no annotation signals. */
  plus?: "C" | "D";
  patient: string;
  recording: string;
  /** Whole seconds; the time zone is not recorded and taken for UTC. */
  start?: Date;
  /** Claimed by the header: -1 while recording, NaN if it is not a number. */
  records: number;
  /** Of one data record; NaN if it is not a number. */
  duration_s: number;
  signals: EdfSignal[];
}

/** Name, width and order of the columns that each signal has; a column holds all signals' entries in turn. */
const COLUMNS = {
  label: 16,
  transducer: 80,
  unit: 8,
  physical_min: 8,
  physical_max: 8,
  digital_min: 8,
  digital_max: 8,
  prefilter: 80,
  samples: 8,
  reserved: 32,
} as const;
const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

export const MAX_SIGNALS = 9999;

export function headerBytes(signals: number): number {
  return 256 * (signals + 1);
}

export function isAnnotationSignal(header: EdfHeader, signal: EdfSignal): boolean {
  return header.plus !== undefined && signal.label === `${header.sample_bytes === 3 ? "BDF" : "EDF"} Annotations`;
}

/** `EDF`, `EDF+C`, `BDF+D`, ... */
export function formatName(header: EdfHeader): string {
  return (header.sample_bytes === 3 ? "BDF" : "EDF") + (header.plus ? `+${header.plus}` : "");
}

/** The number of signals, from the first 256 bytes; NaN if that is not what they are. */
export function signalCount(bytes: Uint8Array): number {
  return parseNumber(latin1(bytes, 252, 256));
}

/** `bytes` holds the whole header. Refuses what leaves the place of the samples unknown. */
export function parseEdfHeader(file: string, bytes: Uint8Array): EdfHeader {
  const sample_bytes = bytes[0] === 0xff ? 3 : 2;
  const text = (from: number, to: number) => latin1(bytes, from, to);
  const plus = /^[EB]DF\+([CD])/.exec(text(192, 236))?.[1] as "C" | "D" | undefined;
  const recording = text(88, 168);
  const start = parseStart(text(168, 176), text(176, 184), recording);
  const count = signalCount(bytes);

  let column = 256;
  const columns = Object.fromEntries(
    Object.entries(COLUMNS).map(([name, width]) => {
      const entries = Array.from({ length: count }, (_, i) => text(column + i * width, column + (i + 1) * width));
      column += count * width;
      return [name, entries];
    }),
  ) as Record<keyof typeof COLUMNS, string[]>;

  const number = (name: keyof typeof COLUMNS, i: number) => parseNumber(columns[name][i] ?? "");
  const signals = columns.label.map((label, i) => {
    const samples = number("samples", i);
    if (!Number.isSafeInteger(samples) || samples < 0)
      refuse(file, `signal ${i + 1} (${label}) has "${columns.samples[i]}" samples a record; the header is damaged`);
    return {
      label,
      unit: columns.unit[i] ?? "",
      physical_min: number("physical_min", i),
      physical_max: number("physical_max", i),
      digital_min: number("digital_min", i),
      digital_max: number("digital_max", i),
      samples,
    };
  });
  return {
    sample_bytes,
    ...(plus && { plus }),
    patient: text(8, 88),
    recording,
    ...(start && { start }),
    records: parseNumber(text(236, 244)),
    duration_s: parseNumber(text(244, 252)),
    signals,
  };
}

/** The header as bytes. Numbers are written with as many digits as the column holds: see `numberText`. */
export function formatEdfHeader(header: EdfHeader): Uint8Array {
  const { sample_bytes, signals, start } = header;
  const two = (n: number) => String(n).padStart(2, "0");
  const date = start && [start.getUTCDate(), start.getUTCMonth() + 1, start.getUTCFullYear() % 100].map(two).join(".");
  const time = start && [start.getUTCHours(), start.getUTCMinutes(), start.getUTCSeconds()].map(two).join(".");
  const cell = (value: string | number, width: number) => ascii(String(value)).slice(0, width).padEnd(width);
  const plus = header.plus ? formatName(header) : sample_bytes === 3 ? "24BIT" : "";

  const recordingPart = [
    cell(sample_bytes === 3 ? " BIOSEMI" : "0", 8),
    cell(header.patient, 80),
    cell(header.recording, 80),
    cell(date ?? "01.01.85", 8),
    cell(time ?? "00.00.00", 8),
    cell(headerBytes(signals.length), 8),
    cell(plus, 44),
    recordsText(header.records),
    cell(header.duration_s, 8),
    cell(signals.length, 4),
  ].join("");
  const signalPart = Object.entries(COLUMNS)
    .map(([name, width]) => {
      const value = (signal: EdfSignal) => (name in signal ? signal[name as keyof EdfSignal] : "");
      return signals.map((signal) => cell(value(signal), width)).join("");
    })
    .join("");
  const bytes = new Uint8Array(Buffer.from(recordingPart + signalPart, "latin1"));
  if (sample_bytes === 3) bytes[0] = 0xff;
  return bytes;
}

/** Where the number of data records stands, and its 8 characters: patched while recording. */
export const RECORDS_POSITION = 236;
export function recordsText(records: number): string {
  return String(records).padEnd(8);
}

/** `12-AUG-2009`, as EDF+ wants dates. */
export function edfDate(date: Date): string {
  const day = String(date.getUTCDate()).padStart(2, "0");
  return `${day}-${MONTHS[date.getUTCMonth()]}-${date.getUTCFullYear()}`;
}

/** Printable ASCII only: the micro sign becomes `u`, other letters lose their accents, what is left becomes `?`. */
export function ascii(text: string): string {
  return text
    .replace(/[µμ]/g, "u")
    .normalize("NFKD")
    .replace(/\p{Mark}/gu, "")
    .replace(/[^ -~]/gu, "?");
}

function latin1(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .toString("latin1", from, to)
    .replace(/\0/g, " ")
    .trim();
}

/** Strict, but for a decimal comma, which some programs write. */
function parseNumber(text: string): number {
  return /^[+-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?$/.test(text) ? Number(text.replace(",", ".")) : Number.NaN;
}

function parseStart(date: string, time: string, recording: string): Date | undefined {
  const [, day, month, yy] = /^(\d\d)\D(\d\d)\D(\d\d)$/.exec(date) ?? [];
  const [, hour, minute, second] = /^(\d\d)\D(\d\d)\D(\d\d)$/.exec(time) ?? [];
  if (!day || !hour) return undefined;
  const full = /^Startdate \d\d-[A-Z]{3}-(\d{4})\b/.exec(recording)?.[1];
  const year = full ? Number(full) : Number(yy) + (Number(yy) >= 85 ? 1900 : 2000);
  const start = new Date(Date.UTC(year, Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)));
  return start.getUTCDate() === Number(day) && start.getUTCMonth() === Number(month) - 1 ? start : undefined;
}
