// SPDX-License-Identifier: Apache-2.0
//
// What is kept of each plugin: what the operator decided (stagebox.toml, see settings-file.ts), and what happened to it
// (plugin-state.json), so that a plugin that takes the service down is not started again and again. Whatever is decided
// here is noted in the audit log.
import { isDeepStrictEqual } from "node:util";
import type { Problem } from "../../pipeline/problem.ts";
import { type Actor, type Audit, BOX, NO_AUDIT } from "../../store/audit.ts";
import { openDataFormat } from "../../store/data-format.ts";
import type { DataFolder } from "../../store/folder.ts";
import { JsonFile, type Notify } from "../../store/json-file.ts";
import { isPluginId } from "../manifest/rules.ts";
import type { PluginChoice } from "../plugin.ts";
import { decisions } from "./decisions.ts";
import { type PluginHistory, type PluginRecord, type Quarantine, readHistory } from "./record.ts";
import { checkedChoice } from "./settings.ts";
import { type CheckChoice, type Choices, SettingsFile } from "./settings-file.ts";

const NOTHING_HAPPENED: PluginHistory = { crashes: [] };

/** Keys that are not given stay; `pinned: ""` unpins. */
export function changedChoice(choice: PluginChoice, change: Partial<PluginChoice>): PluginChoice {
  const { pinned, ...after } = { ...choice, ...change };
  return { ...after, ...(pinned && { pinned }) };
}

type Stored = { plugins: Record<string, unknown> };

export class PluginChoices {
  private constructor(
    private readonly settings: SettingsFile,
    private readonly file: JsonFile<Stored>,
    private histories: ReadonlyMap<string, PluginHistory>,
    private readonly audit: Audit,
  ) {}

  /** What cannot be used is left out, with a notice. */
  static async open(folder: DataFolder, notify: Notify, audit: Audit = NO_AUDIT): Promise<PluginChoices> {
    await openDataFormat(folder, notify);
    const file = new JsonFile(folder.file("plugin-state.json"), isStored, notify, 0o600);
    const entries = Object.entries((await file.read())?.plugins ?? {}).filter(([id]) => isPluginId(id));
    const histories = new Map(entries.map(([id, value]) => [id, readHistory(value)]));
    return new PluginChoices(new SettingsFile(folder, notify), file, histories, audit);
  }

  get(id: string): PluginRecord {
    const choice = this.settings.choices.get(id) ?? {};
    return structuredClone({ choice, ...(this.histories.get(id) ?? NOTHING_HAPPENED) });
  }

  /** By id; plugins that nothing was decided about are not among them. */
  all(): Map<string, PluginChoice> {
    return structuredClone(new Map(this.settings.choices));
  }

  /** stagebox.toml, for whoever watches it. */
  get path(): string {
    return this.settings.path;
  }

  /** What is wrong with stagebox.toml as it stands; what was decided before goes on. */
  get problems(): readonly Problem[] {
    return this.settings.problems;
  }

  /** By changedChoice. False if that changes nothing. Throws ProblemsError for values that could not be written. */
  async choose(id: string, change: Partial<PluginChoice>, by: Actor = BOX): Promise<boolean> {
    return this.#decide(by, (choices) => {
      const choice = checkedChoice(changedChoice(choices.get(id) ?? {}, change));
      return isDeepStrictEqual(choice, choices.get(id) ?? {}) ? choices : new Map([...choices, [id, choice]]);
    });
  }

  /** These, and no others. */
  async replace(after: Choices, by: Actor): Promise<boolean> {
    return this.#decide(by, () => after);
  }

  /** Takes over what a person has written into stagebox.toml. The plugins about which something else is decided now. */
  async reread(check: CheckChoice, by: Actor): Promise<string[]> {
    this.settings.check = check;
    const before = await this.settings.reread();
    return before ? this.#note(before, by) : [];
  }

  /** Not to be started again. `crashes`: when it fell over lately, ISO 8601, newest last. */
  async quarantine(
    id: string,
    reason: string,
    time: Date,
    { crashes, ...more }: Pick<Quarantine, "sha256" | "log"> & { crashes?: string[] } = {},
  ): Promise<void> {
    await this.#happened(id, (history) => ({
      ...history,
      ...(crashes && { crashes }),
      quarantine: { time: time.toISOString(), reason, ...more },
    }));
  }

  /** Out of quarantine, its crashes forgotten. False if there was nothing to forget. */
  pardon(id: string): Promise<boolean> {
    return this.#happened(id, () => NOTHING_HAPPENED);
  }

  /** For a plugin that is no more. */
  async forget(id: string, by: Actor = BOX): Promise<boolean> {
    const isPardoned = await this.pardon(id);
    const isForgotten = await this.#decide(by, (choices) => new Map([...choices].filter(([other]) => other !== id)));
    return isPardoned || isForgotten;
  }

  async #decide(by: Actor, change: (choices: Choices) => Choices): Promise<boolean> {
    let before: Choices = this.settings.choices;
    const isNew = await this.settings.change((choices) => {
      before = choices;
      return change(choices);
    });
    if (isNew) this.#note(before, by);
    return isNew;
  }

  /** The ids of what is decided otherwise now. */
  #note(before: Choices, by: Actor): string[] {
    const after = this.settings.choices;
    const ids = [...new Set([...before.keys(), ...after.keys()])];
    const changed = ids.filter((id) => !isDeepStrictEqual(before.get(id), after.get(id)));
    for (const id of changed)
      for (const decision of decisions(before.get(id) ?? {}, after.get(id) ?? {}))
        this.audit.record({ by, subject: id, ...decision });
    return changed;
  }

  /** What could not be written has not happened. */
  async #happened(id: string, change: (history: PluginHistory) => PluginHistory): Promise<boolean> {
    const known = this.histories.get(id) ?? NOTHING_HAPPENED;
    const history = readHistory(change(known));
    if (isDeepStrictEqual(history, known)) return false;
    const before = this.histories;
    const after = new Map([...before, [id, history] as const].toSorted(([a], [b]) => (a < b ? -1 : 1)));
    if (isDeepStrictEqual(history, NOTHING_HAPPENED)) after.delete(id);
    this.histories = after;
    try {
      await this.file.write({ plugins: Object.fromEntries(after) });
    } catch (error) {
      if (this.histories === after) this.histories = before;
      throw error;
    }
    return true;
  }
}

function isStored(value: unknown): value is Stored {
  const plugins = (value as Partial<Stored> | null | undefined)?.plugins;
  return typeof plugins === "object" && plugins !== null && !Array.isArray(plugins);
}
