// SPDX-License-Identifier: Apache-2.0
// Other people's readers, asked about our files: EDFlib through a small C program, MNE through the system's Python.
import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Annotation } from "../../src/formats/recording.ts";

const here = import.meta.dir;

export interface EdflibFile {
  /** Instead of all else, when EDFlib refuses the file. */
  error?: number;
  records: number;
  duration_s: number;
  equipment: string;
  patient_name: string;
  start: string;
  signals: { label: string; unit: string; rate_hz: number; samples: number; first: number[] }[];
  annotations: Annotation[];
}

export interface MneFile {
  error?: string;
  rate_hz: number;
  names: string[];
  frames: number;
  start: string;
  first: number[][];
  sums: number[];
  last: number[];
  annotations: Annotation[];
}

export const data = process.env.STAGEBOX_TEST_DATA ?? join(here, "../../../shared/data");
export const hasData = existsSync(data);
if (!hasData) console.log(`skipped: no recordings at ${data}; set STAGEBOX_TEST_DATA`);

const checker = join(here, "../artefacts/edf-check");
mkdirSync(dirname(checker), { recursive: true });
const compile = Bun.spawnSync(["gcc", "-O1", "-o", checker, join(here, "edf-check.c"), "-ledf"]);
export const hasEdflib = compile.success;
if (!hasEdflib) console.log(`skipped: EDFlib (libedf-dev, gcc) is missing: ${compile.stderr}`);

const python = "/usr/bin/python3";
export const hasMne = existsSync(python) && Bun.spawnSync([python, "-c", "import mne"]).success;
if (!hasMne) console.log("skipped: MNE (python3-mne) is missing");

export function askEdflib(...paths: string[]): EdflibFile[] {
  return lines(Bun.spawnSync([checker, ...paths]));
}

export function askMne(...paths: string[]): MneFile[] {
  return lines(Bun.spawnSync([python, join(here, "mne-check.py"), ...paths]));
}

function lines<T>(run: { stdout: Buffer; stderr: Buffer; success: boolean }): T[] {
  if (!run.success) throw new Error(String(run.stderr));
  return String(run.stdout)
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}
