// SPDX-License-Identifier: Apache-2.0
// WFDB header files: a line for the record, then one for each signal; `#` begins a comment.
// https://physionet.org/physiotools/wag/header-5.htm
import { refuse } from "./refuse.ts";

export interface WfdbSignal {
  file: string;
  /** Storage format: 16, 212, ... */
  format: number;
  samples_per_frame: number;
  skew_frames: number;
  /** Where samples begin in the file. */
  offset_bytes: number;
  /** ADC units per physical unit; 0 if the signal was never calibrated. */
  gain: number;
  /** ADC value of physical 0. */
  baseline: number;
  unit: string;
  /** Of the first sample, and the 16-bit sum of all, where the header says so. */
  initial?: number;
  checksum?: number;
  description: string;
}

export interface WfdbHeader {
  name: string;
  rate_hz: number;
  /** 0 if not said. */
  frames: number;
  start?: Date;
  signals: WfdbSignal[];
}

const DEFAULT_RATE_HZ = 250;
const NUMBER = "[+-]?(?:\\d+(?:\\.\\d*)?|\\.\\d+)(?:[eE][+-]?\\d+)?";
const RATE = new RegExp(`^(${NUMBER})`);
const GAIN = new RegExp(`^(${NUMBER})(?:\\(([+-]?\\d+)\\))?(?:/(\\S+))?$`);
const FORMAT = /^(\d{1,4})(?:x(\d{1,6}))?(?::(\d{1,9}))?(?:\+(\d{1,15}))?$/;

export function parseWfdbHeader(file: string, text: string): WfdbHeader {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "" && !line.startsWith("#"));
  const [name = "", count = "", rate = "", frames = "0", time = "", date = ""] = (lines[0] ?? "").trim().split(/\s+/);
  if (name.includes("/")) refuse(file, "is a record of several segments; open the header of one segment");
  if (!/^\d{1,4}$/.test(count)) refuse(file, `does not begin with "record signals rate frames"; it is no WFDB header`);
  const rate_hz = rate === "" ? DEFAULT_RATE_HZ : Number(RATE.exec(rate)?.[1]);
  if (!(rate_hz > 0 && Number.isFinite(rate_hz)))
    refuse(file, `has a sampling rate of "${rate}"; correct its first line`);
  if (lines.length - 1 < Number(count))
    refuse(file, `describes ${lines.length - 1} of its ${count} signals; the header is cut off`);
  const start = parseStart(time, date);
  return {
    name,
    rate_hz,
    frames: /^\d{1,15}$/.test(frames) ? Number(frames) : 0,
    ...(start && { start }),
    signals: lines.slice(1, 1 + Number(count)).map((line) => parseSignal(file, line)),
  };
}

function parseSignal(file: string, line: string): WfdbSignal {
  const [name = "", format = "", gain = "", , adcZero = "", initial = "", checksum = "", , ...words] = line
    .trim()
    .split(/\s+/);
  const [, kind, perFrame = "1", skew = "0", offset = "0"] = FORMAT.exec(format) ?? [];
  if (kind === undefined || Number(perFrame) < 1)
    refuse(file, `"${line}" does not describe a signal: "file format gain"`);
  const [, scale = "0", baseline = adcZero, unit = "mV"] = GAIN.exec(gain) ?? [];
  return {
    file: name,
    format: Number(kind),
    samples_per_frame: Number(perFrame),
    skew_frames: Number(skew),
    offset_bytes: Number(offset),
    gain: Number(scale),
    baseline: integer(baseline) ?? 0,
    unit,
    ...optional("initial", integer(initial)),
    ...optional("checksum", integer(checksum)),
    description: words.join(" "),
  };
}

function integer(text: string): number | undefined {
  return /^[+-]?\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function optional<Key extends string>(key: Key, value: number | undefined): { [K in Key]?: number } {
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]?: number });
}

/** `13:05:00 24/12/2001`; without a date the time alone is of no use. */
function parseStart(time: string, date: string): Date | undefined {
  const [, day, month, year] = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(date) ?? [];
  const [, hour, minute, second, millis = "0"] = /^(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,3}))?/.exec(time) ?? [];
  if (!day || !hour) return undefined;
  const clock = [hour, minute, second, millis.padEnd(3, "0")].map(Number) as [number, number, number, number];
  return new Date(Date.UTC(Number(year), Number(month) - 1, Number(day), ...clock));
}
