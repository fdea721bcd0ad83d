// SPDX-License-Identifier: Apache-2.0
import { openRecording } from "../formats/open.ts";
import type { RecordingSummary } from "./recordings.ts";

/** What a recording's header says. Throws ProblemsError if it is none. */
export function summariseRecording(path: string): RecordingSummary {
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
