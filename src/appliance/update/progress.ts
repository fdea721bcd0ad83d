// SPDX-License-Identifier: Apache-2.0
//
// How far an update is, for whoever looks on: the service passes it on. In memory, and gone with the power; what must
// last stands in the journal.
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import type { Places } from "../places.ts";
import { readJson } from "../read.ts";
import type { Outcome, Step } from "./journal.ts";

export interface Progress {
  id: string;
  step: Step | Outcome["result"];
  /** Of this step, of 1. */
  part: number;
  message: string;
}

/** More often nobody can read it. */
const INTERVAL_MS = 200;

export class ProgressFile {
  #shown = "";
  #shownAt = 0;

  constructor(private readonly places: Places) {}

  tell(progress: Progress): void {
    const now = performance.now();
    if (progress.step === this.#shown && progress.part < 1 && now - this.#shownAt < INTERVAL_MS) return;
    this.#shown = progress.step;
    this.#shownAt = now;
    const { run_system, update_progress } = this.places;
    mkdirSync(run_system, { recursive: true, mode: 0o755 });
    writeFileSync(`${update_progress}.new`, `${JSON.stringify(progress)}\n`);
    renameSync(`${update_progress}.new`, update_progress);
  }
}

export function readProgress({ update_progress }: Places): Progress | undefined {
  return readJson(update_progress) as Progress | undefined;
}
