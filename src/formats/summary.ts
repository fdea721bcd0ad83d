// SPDX-License-Identifier: Apache-2.0
import { openRecording } from "./open.ts";
import type { Channel } from "./recording.ts";

/** What a recording's header says. */
export interface RecordingSummary {
  format: string;
  rate_hz: number;
  frames: number;
  duration_s: number;
  channels: readonly Channel[];
  /** ISO 8601; absent where the file does not say. */
  start?: string;
  annotations: number;
  notices: readonly string[];
}

/** Opens a recording only to say what it is. Throws ProblemsError. */
export function summariseRecording(path: string): RecordingSummary {
  const reader = openRecording(path);
  try {
    const { format, rate_hz, frames, channels, start, annotations, notices } = reader;
    const duration_s = rate_hz > 0 ? frames / rate_hz : 0;
    const begin = start ? { start: start.toISOString() } : {};
    return { format, rate_hz, frames, duration_s, channels, ...begin, annotations: annotations.length, notices };
  } finally {
    reader.close();
  }
}
