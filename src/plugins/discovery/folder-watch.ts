// SPDX-License-Identifier: Apache-2.0
//
// Tells when something in the plugin folders has changed and is quiet again. The kernel tells at once where it can; all
// that it misses (a network drive, a folder that was not there yet, too many watches) is found by looking at the files
// now and then. What is told is only that there is something to look at.
import { existsSync, type FSWatcher, lstatSync, readdirSync, realpathSync, type Stats, statSync, watch } from "node:fs";
import { join } from "node:path";
import { MANIFEST_FILE } from "./read-plugin.ts";

const POLL_MS = 2000;
/** A compiler that still writes, or a copy under way, is let finish. */
const QUIET_MS = 300;
/** More files than that are not a plugin's own. */
const MOST_FILES = 20_000;
const MOST_DEPTH = 8;
/** An installation under way, editors' and compilers' own files, whatever is not the plugin's. */
const IGNORED = /^\.|^node_modules$|~$/;

export class FolderWatch {
  #watchers = new Map<string, FSWatcher>();
  #seen: string;
  #told: string;
  #polling: Timer;
  #settling: Timer | undefined;
  readonly #quiet_ms: number;

  constructor(
    private readonly folders: readonly string[],
    private readonly onChange: () => void,
    { poll_ms = POLL_MS, quiet_ms = QUIET_MS } = {},
  ) {
    this.#seen = this.#told = this.#picture();
    this.#quiet_ms = quiet_ms;
    this.#polling = setInterval(() => this.#poll(), poll_ms);
    this.#listen();
  }

  close(): void {
    clearInterval(this.#polling);
    clearTimeout(this.#settling);
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  /** The kernel does not follow links; a plugin that is linked in is watched where it lies. */
  #listen(): void {
    const linked = this.folders.flatMap(linkedFolders);
    for (const folder of this.#watchers.keys())
      if (!this.folders.includes(folder) && !linked.includes(folder)) this.#unlisten(folder);
    for (const folder of [...this.folders, ...linked]) {
      if (this.#watchers.has(folder)) continue;
      try {
        const watcher = watch(folder, { recursive: true }, () => this.#settle());
        watcher.on("error", () => this.#unlisten(folder));
        this.#watchers.set(folder, watcher);
      } catch {
        /* Polling finds it. */
      }
    }
  }

  #unlisten(folder: string): void {
    this.#watchers.get(folder)?.close();
    this.#watchers.delete(folder);
  }

  #poll(): void {
    this.#listen();
    if (this.#settling === undefined && this.#picture() !== this.#told) this.#settle();
  }

  /** Waits until two looks, some time apart, see the same. */
  #settle(): void {
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => {
      this.#settling = undefined;
      const now = this.#picture();
      if (now === this.#told) return;
      const isQuiet = now === this.#seen;
      this.#seen = now;
      if (!isQuiet) return this.#settle();
      this.#told = now;
      this.#listen();
      this.onChange();
    }, this.#quiet_ms);
  }

  /** Sizes and times of all files. */
  #picture(): string {
    const lines: string[] = [];
    for (const folder of this.folders) look(folder, MOST_DEPTH, lines);
    return Bun.hash(lines.join("\n")).toString(36);
  }
}

function look(folder: string, depth: number, lines: string[]): void {
  let names: string[];
  try {
    names = readdirSync(folder).sort();
  } catch {
    return;
  }
  for (const name of names) {
    if (IGNORED.test(name) || lines.length >= MOST_FILES) continue;
    const path = join(folder, name);
    const stat = statOf(path, depth === MOST_DEPTH);
    if (!stat) continue;
    lines.push(stat.isDirectory() ? path : `${path} ${stat.ino} ${stat.size} ${stat.mtimeMs}`);
    if (stat.isDirectory() && depth > 0) look(path, depth - 1, lines);
  }
}

function linkedFolders(folder: string): string[] {
  try {
    const links = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isSymbolicLink());
    return links
      .filter(({ name }) => existsSync(join(folder, name, MANIFEST_FILE)))
      .map(({ name }) => realpathSync(join(folder, name)));
  } catch {
    return []; // gone meanwhile, or not there yet
  }
}

/** Of a link itself, since one may lead round in circles, or to all that is on the disk. `follows`: a plugin may be
 * linked in. */
function statOf(path: string, follows: boolean): Stats | undefined {
  try {
    return follows ? statSync(path) : lstatSync(path);
  } catch {
    return undefined;
  }
}
