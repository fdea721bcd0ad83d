// SPDX-License-Identifier: Apache-2.0
import { extname } from "node:path";
import { createCsvWriter } from "./csv-writer.ts";
import type { EdfOptions } from "./edf-fields.ts";
import { createBdfWriter, createEdfWriter } from "./edf-writer.ts";
import type { RecordingInfo, RecordingWriter } from "./recording.ts";
import { createWavWriter, type WavOptions } from "./wav-writer.ts";

/** Those that can be written; a file's ending says which it is of. */
export const RECORDING_FORMATS = ["bdf", "edf", "csv", "wav"] as const;
export type RecordingFormat = (typeof RECORDING_FORMATS)[number];

type Create = (path: string, info: RecordingInfo, options: EdfOptions & WavOptions) => RecordingWriter;

const CREATE: Readonly<Record<RecordingFormat, Create>> = {
  edf: createEdfWriter,
  bdf: createBdfWriter,
  csv: createCsvWriter,
  wav: createWavWriter,
};

/** Begins a recording at `path`, which must not exist yet. */
export function createRecording(
  format: RecordingFormat,
  path: string,
  info: RecordingInfo,
  options: EdfOptions & WavOptions = {},
): RecordingWriter {
  return CREATE[format](path, info, options);
}

/** By the file's ending; undefined if that is none of them. */
export function formatOf(path: string): RecordingFormat | undefined {
  const ending = extname(path).slice(1).toLowerCase();
  return RECORDING_FORMATS.find((format) => format === ending);
}
