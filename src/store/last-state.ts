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
  #wanted: LastState | undefined;
  #writing: Promise<void> | undefined;

  constructor(folder: DataFolder, notify: Notify) {
    this.#file = new JsonFile(folder.file("state.json"), isLastState, notify);
  }

  /** Undefined at the first start, and where the file is damaged. */
  async read(): Promise<LastState | undefined> {
    const state = await this.#file.read();
    this.#written = JSON.stringify(state);
    return state;
  }

  /** Costs nothing when nothing has changed, and one write for all that changes while another is under way: SD cards wear
   * out. */
  write({ pipeline, running }: LastState): Promise<void> {
    this.#wanted = { pipeline, running };
    this.#writing ??= this.#writeWanted().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  async #writeWanted(): Promise<void> {
    for (let state = this.#wanted; state; state = this.#wanted) {
      this.#wanted = undefined;
      const text = JSON.stringify(state);
      if (text === this.#written) continue;
      await this.#file.write(state);
      this.#written = text;
    }
  }
}

function isLastState(value: unknown): value is LastState {
  const state = value as Partial<LastState> | null | undefined;
  return typeof state?.pipeline === "string" && typeof state.running === "boolean";
}
