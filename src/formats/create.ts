// SPDX-License-Identifier: Apache-2.0
import { createCsvWriter } from "./csv-writer.ts";
import type { EdfOptions } from "./edf-fields.ts";
import { createBdfWriter, createEdfWriter } from "./edf-writer.ts";
import type { RecordingInfo, RecordingWriter } from "./recording.ts";
import { createWavWriter, type WavOptions } from "./wav-writer.ts";

export type RecordingFormat = "edf" | "bdf" | "csv" | "wav";

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
