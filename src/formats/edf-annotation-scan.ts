// SPDX-License-Identifier: Apache-2.0
import type { EdfLayout } from "./edf.ts";
import { parseTals, type Tal, TICKS_PER_SECOND } from "./edf-annotations.ts";
import type { FileWindow } from "./file-window.ts";
import type { Annotation } from "./recording.ts";

/** Of each record's annotation signal; a hostile file could claim gigabytes. */
const MAX_TAL_BYTES = 4 * 1024 * 1024;
const MAX_ANNOTATIONS = 1_000_000;
const MAX_GAPS = 100_000;

interface Scan {
  annotations: Annotation[];
  gaps: { frame: number; lost: number }[];
  /** Frames lost in all gaps. */
  lost: number;
  /** The recording begins this fraction of a second after the header's start. */
  offset_s: number;
  /** Where the data end, if the last annotation of the file says so: the rest of the last record is filler. */
  end_s?: number;
  notices: string[];
}

/** Goes through the annotation signals of all records: annotations, and gaps between records in a discontinuous file. */
export function scanAnnotations(file: FileWindow, layout: EdfLayout, recordFrames: number): Scan {
  const { header, header_bytes, record_bytes, records, annotationSpans } = layout;
  const scan: Scan = { annotations: [], gaps: [], lost: 0, offset_s: 0, notices: [] };
  const rate_hz = recordFrames / header.duration_s;
  let malformed = 0;
  let overlaps = 0;
  let truncated = false;

  file.resize(Math.max(65536, ...annotationSpans.map(({ length }) => Math.min(length, MAX_TAL_BYTES))));
  for (let record = 0; record < records && !truncated; record++) {
    for (const [index, span] of annotationSpans.entries()) {
      const bytes = file.view(
        header_bytes + record * record_bytes + span.offset_bytes,
        Math.min(span.length, MAX_TAL_BYTES),
      );
      const parsed = parseTals(bytes);
      malformed += parsed.malformed;
      const recordTime = index === 0 ? parsed.tals.find((tal) => tal.texts[0] === "") : undefined;
      if (recordTime && record === 0) scan.offset_s = recordTime.onset_s;
      if (recordTime && header.plus === "D" && recordFrames > 0 && scan.gaps.length < MAX_GAPS) {
        const expected_s = scan.offset_s + record * header.duration_s + scan.lost / rate_hz;
        const lost = Math.round((recordTime.onset_s - expected_s) * rate_hz);
        if (lost > 0 && Number.isSafeInteger(scan.lost + lost)) {
          scan.gaps.push({ frame: record * recordFrames, lost });
          scan.lost += lost;
        } else if (lost < 0) overlaps++;
      }
      truncated ||= !collect(parsed.tals, scan);
    }
  }
  const last = scan.annotations.at(-1);
  if (last?.text === "Recording ends") scan.end_s = last.onset_s;
  scan.annotations.sort((a, b) => a.onset_s - b.onset_s);

  if (malformed > 0) scan.notices.push(`${malformed} malformed annotations left out`);
  if (overlaps > 0) scan.notices.push(`${overlaps} data records claim to begin before the one before them has ended`);
  if (truncated) scan.notices.push(`more than ${MAX_ANNOTATIONS} annotations; the rest left out`);
  if (annotationSpans.some(({ length }) => length > MAX_TAL_BYTES))
    scan.notices.push(`annotations past the first ${MAX_TAL_BYTES} bytes of a data record left out`);
  return scan;
}

/** False when there are too many. */
function collect(tals: Tal[], scan: Scan): boolean {
  for (const { onset_s, duration_s, texts } of tals)
    for (const text of texts) {
      if (text === "") continue;
      if (scan.annotations.length === MAX_ANNOTATIONS) return false;
      scan.annotations.push({ onset_s: difference(onset_s, scan.offset_s), duration_s, text });
    }
  return true;
}

/** Of times in seconds, without the noise of subtracting decimal fractions. */
function difference(a: number, b: number): number {
  return b === 0 ? a : Math.round((a - b) * TICKS_PER_SECOND) / TICKS_PER_SECOND;
}
