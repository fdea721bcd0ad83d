// SPDX-License-Identifier: Apache-2.0
import type { DataFolder } from "./folder.ts";
import { JsonFile, type Notify } from "./json-file.ts";

/** What the box was doing, so that it can go on after a power cut. */
export interface LastState {
  /** The pipeline as YAML, with all edits. */
  pipeline: string;
  running: boolean;
}

/** `state.json` in the data folder. */
export class LastStateFile {
  readonly #file: JsonFile<LastState>;
  #written = "";

  constructor(folder: DataFolder, notify: Notify) {
    this.#file = new JsonFile(folder.file("state.json"), isLastState, notify);
  }

  /** Undefined at the first start, and where the file is damaged. */
  async read(): Promise<LastState | undefined> {
    const state = await this.#file.read();
    this.#written = JSON.stringify(state);
    return state;
  }

  /** Costs nothing when nothing has changed: SD cards wear out. */
  async write({ pipeline, running }: LastState): Promise<void> {
    const text = JSON.stringify({ pipeline, running });
    if (text === this.#written) return;
    this.#written = text;
    await this.#file.write({ pipeline, running });
  }
}

function isLastState(value: unknown): value is LastState {
  const state = value as Partial<LastState> | null | undefined;
  return typeof state?.pipeline === "string" && typeof state.running === "boolean";
}
