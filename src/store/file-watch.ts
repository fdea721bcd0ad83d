// SPDX-License-Identifier: Apache-2.0
//
// Tells when one file has changed and is quiet again: an editor may write it in pieces, or put another in its place. The
// kernel tells at once where it can; all that it misses is found by a look now and then.
import { type FSWatcher, statSync, watch } from "node:fs";
import { basename, dirname } from "node:path";

const POLL_MS = 5000;
const QUIET_MS = 200;

export class FileWatch {
  readonly #watcher: FSWatcher | undefined;
  readonly #polling: Timer;
  #settling: Timer | undefined;
  #seen: string;

  constructor(
    private readonly path: string,
    private readonly onChange: () => void,
  ) {
    this.#seen = this.#picture();
    this.#polling = setInterval(() => this.#look(), POLL_MS);
    this.#watcher = this.#listen();
  }

  close(): void {
    this.#watcher?.close();
    clearInterval(this.#polling);
    clearTimeout(this.#settling);
  }

  /** To the folder, since the file may be another one by then. */
  #listen(): FSWatcher | undefined {
    try {
      const watcher = watch(dirname(this.path), (_, name) => {
        if (name === null || name === basename(this.path)) this.#look();
      });
      return watcher.on("error", () => watcher.close());
    } catch {
      return undefined;
    }
  }

  #look(): void {
    const picture = this.#picture();
    if (picture === this.#seen) return;
    this.#seen = picture;
    clearTimeout(this.#settling);
    this.#settling = setTimeout(this.onChange, QUIET_MS);
  }

  #picture(): string {
    try {
      const { ino, size, mtimeMs } = statSync(this.path);
      return `${ino} ${size} ${mtimeMs}`;
    } catch {
      return ""; // there is none, or nobody may look
    }
  }
}
