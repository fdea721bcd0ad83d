// SPDX-License-Identifier: Apache-2.0
//
// plugins.json in the data folder: what the operator decided about each plugin, and what must outlive a restart, so
// that a plugin that takes the service down is not started again and again.
import { isDeepStrictEqual } from "node:util";
import { ProblemsError } from "../../pipeline/problem.ts";
import { quote } from "../../pipeline/words.ts";
import type { DataFolder } from "../../store/folder.ts";
import { JsonFile, type Notify } from "../../store/json-file.ts";
import { isPluginId } from "../manifest/rules.ts";
import type { PluginChoice } from "../plugin.ts";
import { MOST_CRASHES, type PluginRecord, type Quarantine, readRecord } from "./record.ts";

/** Nothing is decided, and nothing granted. */
const UNTOUCHED: PluginRecord = { choice: {}, crashes: [] };

/** Keys that are not given stay; `pinned: ""` unpins. */
export function changedChoice(choice: PluginChoice, change: Partial<PluginChoice>): PluginChoice {
  const { pinned, ...after } = { ...choice, ...change };
  return { ...after, ...(pinned && { pinned }) };
}

type Stored = { plugins: Record<string, unknown> };

export class PluginChoices {
  private constructor(
    private readonly file: JsonFile<Stored>,
    private records: ReadonlyMap<string, PluginRecord>,
  ) {}

  /** An entry that cannot be used is left out, with a notice. */
  static async open(folder: DataFolder, notify: Notify): Promise<PluginChoices> {
    const file = new JsonFile(folder.file("plugins.json"), isStored, notify, 0o600);
    const records = new Map<string, PluginRecord>();
    for (const [id, value] of Object.entries((await file.read())?.plugins ?? {})) {
      const { record, lost } = readRecord(value);
      if (isPluginId(id)) records.set(id, record);
      for (const key of isPluginId(id) ? lost : ["the id"])
        notify(`${file.path}: ${quote(id)}: ${key} cannot be used; going on without it`);
    }
    return new PluginChoices(file, records);
  }

  get(id: string): PluginRecord {
    return structuredClone(this.records.get(id) ?? UNTOUCHED);
  }

  /** By id; plugins that nothing was decided about are not among them. */
  all(): Map<string, PluginChoice> {
    return new Map([...this.records].map(([id, { choice }]) => [id, structuredClone(choice)]));
  }

  /** By changedChoice. False if that changes nothing. Throws ProblemsError for values that could not be written. */
  choose(id: string, change: Partial<PluginChoice>): Promise<boolean> {
    return this.#change(id, (record) => ({ ...record, choice: changedChoice(record.choice, change) }));
  }

  /** Not to be started again. `crashes`: when it fell over lately, ISO 8601, newest last. */
  async quarantine(
    id: string,
    reason: string,
    time: Date,
    { crashes, ...more }: Pick<Quarantine, "sha256" | "log"> & { crashes?: string[] } = {},
  ): Promise<void> {
    await this.#change(id, (record) => ({
      ...record,
      ...(crashes && { crashes: crashes.slice(-MOST_CRASHES) }),
      quarantine: { time: time.toISOString(), reason, ...more },
    }));
  }

  /** Out of quarantine, its crashes forgotten. False if there was nothing to forget. */
  pardon(id: string): Promise<boolean> {
    return this.#change(id, ({ choice }) => ({ choice, crashes: [] }));
  }

  /** For a plugin that is no more. */
  forget(id: string): Promise<boolean> {
    return this.#change(id, () => UNTOUCHED);
  }

  /** Only what can be read again is written; throws ProblemsError for the rest. What could not be written has not
   * happened. */
  async #change(id: string, change: (record: PluginRecord) => PluginRecord): Promise<boolean> {
    const { record, lost } = readRecord(flat(change(this.get(id))));
    if (lost.length > 0)
      throw new ProblemsError(
        lost.map((key) => ({ field: `/${key}`, message: `${key} is not in a form that can be kept` })),
      );
    if (isDeepStrictEqual(record, this.get(id))) return false;
    const before = this.records;
    const after = new Map([...before, [id, record] as const].toSorted(([a], [b]) => (a < b ? -1 : 1)));
    if (isDeepStrictEqual(record, UNTOUCHED)) after.delete(id);
    this.records = after;
    try {
      await this.file.write({ plugins: Object.fromEntries([...after].map(([key, it]) => [key, flat(it)])) });
    } catch (error) {
      if (this.records === after) this.records = before;
      throw error;
    }
    return true;
  }
}

/** As it stands in the file. */
function flat({ choice, crashes, quarantine }: PluginRecord): object {
  return { ...choice, ...(crashes.length > 0 && { crashes }), ...(quarantine && { quarantine }) };
}

function isStored(value: unknown): value is Stored {
  const plugins = (value as Partial<Stored> | null | undefined)?.plugins;
  return typeof plugins === "object" && plugins !== null && !Array.isArray(plugins);
}
