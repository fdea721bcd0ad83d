// SPDX-License-Identifier: Apache-2.0
//
// status.json and status.txt in the run folder, which is in memory: written when something has changed, and no more than
// once a look, however much changes at once. They hold the sign-in code, so only the service and root may read them.
import { mkdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { writeAtomic } from "../../store/atomic-file.ts";
import { readImage } from "../image.ts";
import type { Places } from "../places.ts";
import { type Status, type StatusFacts, statusOf } from "./status.ts";
import { statusText } from "./status-text.ts";

const MODE = 0o600;

/** Where the service says how it does: STAGEBOX_RUN, else where an appliance has its folder for that; undefined where
 * nobody looks, on a laptop or a server. */
export function runFolder(places: Places, { STAGEBOX_RUN }: Record<string, string | undefined>): string | undefined {
  return STAGEBOX_RUN || (readImage(places) && places.run);
}

export class StatusFile {
  #written = "";
  #writing: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(
    private readonly folder: string,
    private readonly facts: () => StatusFacts,
  ) {
    mkdirSync(folder, { recursive: true, mode: 0o750 });
  }

  /** Resolves when it is written. A folder that cannot be written is no reason to stop: the log says so, once for each
   * thing there was to say. */
  look(): Promise<void> {
    const facts = this.facts();
    const seen = JSON.stringify(facts);
    if (seen === this.#written || this.#isClosed) return this.#writing;
    this.#written = seen;
    const status = statusOf(facts, new Date());
    this.#writing = this.#writing
      .then(() => this.#write(status))
      .catch((error) => console.error("the status could not be written:", error));
    return this.#writing;
  }

  /** The service ends: what it said is not so any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#writing;
    for (const name of ["status.json", "status.txt"]) await rm(join(this.folder, name), { force: true });
  }

  /** The text last: who watches for it finds both new. */
  async #write(status: Status): Promise<void> {
    await writeAtomic(join(this.folder, "status.json"), `${JSON.stringify(status, null, 2)}\n`, MODE);
    await writeAtomic(join(this.folder, "status.txt"), statusText(status), MODE);
  }
}
