// SPDX-License-Identifier: Apache-2.0
//
// Plugins that crashed again and again are not started any more: not by a restart of the service either, or a box would
// boot into the same crash for ever. Who wants one back says `retry`, or installs another build.
import { JsonFile, type Notify } from "../store/json-file.ts";

export interface Quarantine {
  version: string;
  /** Of the library that crashed: another build is another try. */
  sha256: string;
  reason: string;
  since: string;
  /** When it crashed. */
  crashes: string[];
  /** What it wrote last. */
  log: string[];
}

type Entries = Record<string, Quarantine>;

export class QuarantineFile {
  readonly #file: JsonFile<Entries>;

  private constructor(
    path: string,
    notify: Notify,
    private entries: Entries = {},
  ) {
    this.#file = new JsonFile<Entries>(path, isEntries, notify);
  }

  static async open(path: string, notify: Notify): Promise<QuarantineFile> {
    const store = new QuarantineFile(path, notify);
    store.entries = (await store.#file.read()) ?? {};
    return store;
  }

  get(plugin: string): Quarantine | undefined {
    return Object.hasOwn(this.entries, plugin) ? this.entries[plugin] : undefined;
  }

  /** Undefined: out of it. */
  async set(plugin: string, quarantine: Quarantine | undefined): Promise<void> {
    if (!quarantine && !this.get(plugin)) return;
    const { [plugin]: _, ...others } = this.entries;
    this.entries = quarantine ? { ...others, [plugin]: quarantine } : others;
    await this.#file.write(this.entries);
  }
}

function isEntries(value: unknown): value is Entries {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((entry: Partial<Quarantine> | null) => {
    const texts = [entry?.version, entry?.sha256, entry?.reason, entry?.since];
    return texts.every((text) => typeof text === "string") && Array.isArray(entry?.crashes) && Array.isArray(entry.log);
  });
}
