// SPDX-License-Identifier: Apache-2.0
//
// News of changes in folders, for a plugin that may read them: its own process has no call for that. What changed is
// gathered until it is quiet, or for long enough.
import { type FSWatcher, realpathSync, watch } from "node:fs";
import { sep } from "node:path";

const MOST = { folders: 16, paths: 1000, path_chars: 1024 };
const DEBOUNCE_MS = { least: 100, most: 60_000 };
/** Where changes go on and on. */
const MOST_DEBOUNCES = 10;

export interface FolderChange {
  subscription: number;
  /** From the folder on. */
  paths: string[];
  /** There were others. */
  more: boolean;
}

interface Watched {
  watcher: FSWatcher;
  paths: Set<string>;
  more: boolean;
  /** When the first of `paths` changed. */
  since: number;
  timer?: Timer | undefined;
}

export class FolderNews {
  readonly #watched = new Map<number, Watched>();

  /** `roots`: what may be watched, and all that is below. */
  constructor(
    private readonly roots: readonly string[],
    private readonly tell: (change: FolderChange) => void,
  ) {}

  /** Throws Error with the reason why it is refused. */
  add(subscription: number, folder: string, debounce_ms: number): void {
    if (this.#watched.has(subscription) || this.#watched.size >= MOST.folders)
      throw new Error(`it watches ${MOST.folders} folders already, or this one under that number`);
    const real = realpathSync(folder);
    const isWithin = (root: string) => real === root || real.startsWith(root === sep ? sep : root + sep);
    if (!this.roots.flatMap(realOf).some(isWithin)) throw new Error("it may not read that folder");
    const quiet_ms = Math.min(DEBOUNCE_MS.most, Math.max(DEBOUNCE_MS.least, debounce_ms));
    const watched: Watched = {
      watcher: watch(real, { recursive: true }, (_, name) => this.#changed(subscription, name, quiet_ms)),
      ...{ paths: new Set(), more: false, since: 0 },
    };
    watched.watcher.on("error", () => this.remove(subscription));
    this.#watched.set(subscription, watched);
  }

  remove(subscription: number): void {
    const watched = this.#watched.get(subscription);
    this.#watched.delete(subscription);
    clearTimeout(watched?.timer);
    watched?.watcher.close();
  }

  clear(): void {
    for (const subscription of [...this.#watched.keys()]) this.remove(subscription);
  }

  /** Without a name it is the folder itself, which is gone maybe. */
  #changed(subscription: number, name: string | null | undefined, quiet_ms: number): void {
    const watched = this.#watched.get(subscription);
    if (!watched) return;
    const now = performance.now();
    if (watched.timer === undefined) watched.since = now;
    const isNamed = typeof name === "string" && name.length <= MOST.path_chars;
    if (isNamed && watched.paths.size < MOST.paths) watched.paths.add(name);
    else watched.more ||= !isNamed || !watched.paths.has(name);
    const left_ms = watched.since + MOST_DEBOUNCES * quiet_ms - now;
    clearTimeout(watched.timer);
    watched.timer = setTimeout(() => this.#publish(subscription, watched), Math.max(0, Math.min(quiet_ms, left_ms)));
  }

  #publish(subscription: number, watched: Watched): void {
    const { paths, more } = watched;
    Object.assign(watched, { paths: new Set(), more: false, timer: undefined });
    this.tell({ subscription, paths: [...paths].sort(), more });
  }
}

function realOf(root: string): string[] {
  try {
    return [realpathSync(root)];
  } catch {
    return []; // not there, so nothing is below it
  }
}
