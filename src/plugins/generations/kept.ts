// SPDX-License-Identifier: Apache-2.0
//
// Builds that are not in use, and that a generation can bring back: .kept/<sum> in the box's folder of plugins, where
// nobody looks for plugins.
import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { identityOf } from "../discovery/read-plugin.ts";
import type { InstalledVersion } from "./generation.ts";

const FOLDER = ".kept";

export class KeptBuilds {
  constructor(private readonly plugins: string) {}

  path(sum: string): string {
    return join(this.plugins, FOLDER, sum);
  }

  has(sum: string): boolean {
    return existsSync(this.path(sum));
  }

  /** Takes a folder out of its place. What is there already need not be there twice. */
  take(folder: string, sum: string): void {
    mkdirSync(join(this.plugins, FOLDER), { recursive: true, mode: 0o750 });
    if (this.has(sum)) rmSync(folder, { recursive: true });
    else renameSync(folder, this.path(sum));
    const around = dirname(folder);
    if (around !== this.plugins && existsSync(around) && readdirSync(around).length === 0) rmdirSync(around);
  }

  /** Builds of that plugin. */
  of(id: string): string[] {
    return this.#all()
      .map((sum) => this.path(sum))
      .filter((path) => identityOf(path).id === id);
  }

  bringBack({ folder, sha256 }: InstalledVersion): void {
    const place = join(this.plugins, folder);
    mkdirSync(dirname(place), { recursive: true });
    renameSync(this.path(sha256), place);
  }

  /** Those that no generation names any more go. */
  prune(needed: ReadonlySet<string>): void {
    for (const sum of this.#all()) if (!needed.has(sum)) rmSync(this.path(sum), { recursive: true, force: true });
  }

  #all(): string[] {
    const folder = join(this.plugins, FOLDER);
    return existsSync(folder) ? readdirSync(folder) : [];
  }
}
