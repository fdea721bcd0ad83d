// SPDX-License-Identifier: Apache-2.0
import { statSync } from "node:fs";
import { extname } from "node:path";
import { openRecording } from "../formats/open.ts";
import type { RecordingSummary } from "./recordings.ts";

/** Text has to be read to its end to know how long it is; beyond this size the box has more urgent things to do. */
const MOST_TEXT_BYTES = 4 * 1024 * 1024;
const TEXT = new Set([".csv", ".tsv", ".txt"]);

/** What a recording's header says. Throws in words if it is none. */
export function summariseRecording(path: string): RecordingSummary {
  if (TEXT.has(extname(path).toLowerCase()) && statSync(path).size > MOST_TEXT_BYTES)
    throw new Error("is a long text file, which is not read only to be listed; download or replay it");
  const reader = openRecording(path);
  try {
    const { format, rate_hz, channels, frames, start, annotations, notices } = reader;
    return {
      ...{ format, rate_hz, frames, channels, notices },
      duration_s: rate_hz > 0 ? frames / rate_hz : 0,
      annotations: annotations.length,
      ...(start && { start: start.toISOString() }),
    };
  } finally {
    reader.close();
  }
}
