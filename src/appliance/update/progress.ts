// SPDX-License-Identifier: Apache-2.0
//
// How far an update is, for whoever looks on: the service passes it on, and the box's screen and light tell it while it
// goes on (image/layers/status). In memory, and gone with the power; what must last stands in the journal.
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
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

/** What fits beside its label on the narrowest text screen. */
const SCREEN_CHARS = 63;

export class ProgressFile {
  #step = "";
  #message: string | undefined;
  #toldAt = 0;

  constructor(private readonly places: Places) {}

  tell(progress: Progress): void {
    const now = performance.now();
    if (progress.step === this.#step && progress.part < 1 && now - this.#toldAt < INTERVAL_MS) return;
    this.#step = progress.step;
    this.#toldAt = now;
    replaceFile(this.places.update_progress, `${JSON.stringify(progress)}\n`);
    if (progress.message !== this.#message) this.#show(progress.message);
  }

  /** The last word. */
  end(progress: Progress): void {
    replaceFile(this.places.update_progress, `${JSON.stringify(progress)}\n`);
    this.#show(undefined);
  }

  /** Undefined: there is none to tell of. */
  #show(message: string | undefined): void {
    this.#message = message;
    const file = join(this.places.screen, "update.txt");
    if (message === undefined) rmSync(file, { force: true });
    else replaceFile(file, `Update     ${message.slice(0, SCREEN_CHARS).replace(/[^ -~]/g, "?")}\n`);
  }
}

/** At no moment is it half there. */
function replaceFile(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

export function readProgress({ update_progress }: Places): Progress | undefined {
  return readJson(update_progress) as Progress | undefined;
}
