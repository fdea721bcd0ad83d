// SPDX-License-Identifier: Apache-2.0
import { extname } from "node:path";
import { openCsv } from "./csv.ts";
import { openEdf } from "./edf.ts";
import { FileWindow } from "./file-window.ts";
import { openOpenBci } from "./openbci.ts";
import type { ReaderOptions, RecordingReader } from "./recording.ts";
import { refuse } from "./refuse.ts";
import { openWav } from "./wav.ts";
import { openWfdb } from "./wfdb.ts";

type Open = (path: string, options: ReaderOptions) => RecordingReader;

/** Opens a recording of any format that Stagebox reads: by what it contains, then by its extension. Throws a
 * ProblemsError that says what is wrong with the file and what to do. */
export function openRecording(path: string, options: ReaderOptions = {}): RecordingReader {
  const head = readHead(path);
  if (head === "") refuse(path, "is empty");
  const open = byContent(head) ?? byExtension(extname(path).toLowerCase());
  if (!open) refuse(path, "is of no known format; EDF, BDF, WFDB (.hea), WAV, CSV and OpenBCI text can be read");
  return open(path, options);
}

function readHead(path: string): string {
  const file = new FileWindow(path, 512);
  try {
    return Buffer.from(file.view(0, 512)).toString("latin1");
  } finally {
    file.close();
  }
}

function byContent(head: string): Open | undefined {
  if (/^0 {7}/.test(head) || head.startsWith("\u00ffBIOSEMI")) return openEdf;
  if (/^(RIFF|RF64)....WAVE/s.test(head)) return openWav;
  if (head.startsWith("%OpenBCI")) return openOpenBci;
  return undefined;
}

function byExtension(extension: string): Open | undefined {
  if (extension === ".hea" || extension === ".dat") return openWfdb;
  if (extension === ".edf" || extension === ".bdf") return openEdf;
  if (extension === ".wav") return openWav;
  if ([".csv", ".tsv", ".txt"].includes(extension)) return openCsv;
  return undefined;
}
