// SPDX-License-Identifier: Apache-2.0
//
// Each change of what is installed or pinned makes another generation (plugin-generations.json), and each that is kept can
// come back as a whole. A roll-back is noted before its first step, so that one that a power cut broke off is brought to
// its end at the next start. What was linked in belongs to whoever works on it, and is left alone.
import { existsSync, realpathSync } from "node:fs";
import { join, relative } from "node:path";
import { messageOf, type Problem, ProblemsError } from "../../pipeline/problem.ts";
import { either } from "../../pipeline/words.ts";
import { Turns } from "../../runtime/turns.ts";
import { syncFolder } from "../../store/atomic-file.ts";
import { type Actor, type Audit, BOX, NO_AUDIT } from "../../store/audit.ts";
import type { DataFolder } from "../../store/folder.ts";
import { JsonFile, type Notify } from "../../store/json-file.ts";
import type { PluginChoices } from "../choices/choices.ts";
import { wantsInside } from "../choices/permissions.ts";
import type { Choices } from "../choices/settings-file.ts";
import { discover } from "../discovery/discover.ts";
import type { FoundPlugin } from "../plugin.ts";
import { Signatures } from "../signature/signatures.ts";
import { keyFolders } from "../signature/trusted-keys.ts";
import type { Verdict } from "../signature/verdict.ts";
import { FolderSums, folderSum } from "./folder-sum.ts";
import { changeWords, type Generation, type InstalledVersion, setChanges } from "./generation.ts";
import { GENERATIONS_FILE } from "./keep-build.ts";
import { KeptBuilds } from "./kept.ts";

const MOST_GENERATIONS = 16;

interface Stored {
  generations: Generation[];
  /** A roll-back that is under way: to that one, by whom. */
  under_way?: { to: number; by: Actor };
}

export class Generations {
  readonly #turns = new Turns();
  readonly #sums = new FolderSums();
  readonly #kept: KeptBuilds;
  #stored: Stored = { generations: [] };
  /** What was decided when somebody last looked. */
  #choices: Generation["choices"];
  #hasTold = false;

  private constructor(
    private readonly folder: DataFolder,
    private readonly choices: PluginChoices,
    private readonly file: JsonFile<Stored>,
    private readonly notify: Notify,
    private readonly audit: Audit,
    private readonly signatures: Signatures,
  ) {
    this.#kept = new KeptBuilds(folder.plugins);
    this.#choices = Object.fromEntries(choices.all());
  }

  /** Brings a roll-back to its end that was broken off. */
  static async open(
    folder: DataFolder,
    choices: PluginChoices,
    notify: Notify,
    audit: Audit = NO_AUDIT,
    signatures = new Signatures(keyFolders(folder)),
  ): Promise<Generations> {
    const file = new JsonFile(folder.file(GENERATIONS_FILE), isStored, notify, 0o600);
    const generations = new Generations(folder, choices, file, notify, audit, signatures);
    generations.#stored = (await file.read()) ?? { generations: [] };
    const { under_way } = generations.#stored;
    if (under_way) await generations.#finish(under_way.to, under_way.by).catch((error) => generations.#tell(error));
    return generations;
  }

  /** The oldest first; the last one is in use. */
  list(): Generation[] {
    const all = structuredClone(this.#stored.generations);
    return all.map((it, index) =>
      index === all.length - 1 ? { ...it, choices: Object.fromEntries(this.choices.all()) } : it,
    );
  }

  /** Looks at what is installed and pinned; what is new makes another generation. Never throws. */
  async note(by: Actor = BOX): Promise<void> {
    await this.#turns.take(() => this.#note(by)).catch((error) => this.#tell(error));
  }

  /** Brings back the set of that generation, or of the one before, as a generation of its own. Throws ProblemsError, nothing
   * changed, where some of it is no more. */
  async rollback(number: number | undefined, by: Actor): Promise<Generation> {
    return this.#turns.take(async () => {
      const target = this.#target(number);
      const problems = await this.#missing(target);
      if (problems.length > 0) throw new ProblemsError(problems);
      this.#settle();
      await this.#write({ ...this.#stored, under_way: { to: target.number, by } });
      return this.#finish(target.number, by);
    });
  }

  /** What was trusted, and may not run inside the service as things stand now: its key may have gone since. */
  async #walled({ plugins }: Generation): Promise<string[]> {
    const words: string[] = [];
    for (const found of this.#found()) {
      const choice = this.choices.get(found.manifest.id).choice;
      const isMeant = plugins.some(({ folder }) => folder === this.#nameOf(found)) && wantsInside(found, choice);
      if (!isMeant) continue;
      await this.signatures.check(found);
      const refusal = this.signatures.refusal(found, choice);
      if (refusal !== undefined) words.push(refusal);
    }
    return words;
  }

  get #last(): Generation | undefined {
    return this.#stored.generations.at(-1);
  }

  async #note(by: Actor): Promise<void> {
    const before = this.#last;
    const after = { plugins: await this.#installed(), pins: pinsOf(this.choices) };
    const changes = before ? changeWords(before, after) : ["as it was found"];
    if (changes.length === 0) {
      this.#choices = Object.fromEntries(this.choices.all());
      return;
    }
    this.#settle();
    await this.#add({ ...after, changes, by: by.name, choices: {} });
    for (const { what, id, before: was, after: now } of before ? setChanges(before, after) : [])
      this.audit.record({ by, what, subject: id, ...(was && { before: was }), ...(now && { after: now }) });
  }

  /** What was decided while the last generation was in use stays with it. */
  #settle(): void {
    const last = this.#last;
    if (last) last.choices = this.#choices;
  }

  async #add(generation: Omit<Generation, "number" | "time">): Promise<Generation> {
    const number = (this.#last?.number ?? 0) + 1;
    const added = { number, time: new Date().toISOString(), ...generation };
    await this.#write({ generations: [...this.#stored.generations, added].slice(-MOST_GENERATIONS) });
    this.#choices = Object.fromEntries(this.choices.all());
    this.#kept.prune(this.#needed());
    this.#hasTold = false;
    return added;
  }

  async #write(stored: Stored): Promise<void> {
    await this.file.write(stored);
    this.#stored = stored;
  }

  /** Can be done again with the same result. Folders move in one go, so that nobody in this process sees half of it. */
  async #finish(number: number, by: Actor): Promise<Generation> {
    const target = this.#target(number);
    const { number: from } = this.#last as Generation;
    const there = await this.#installed();
    const isIn = (set: readonly InstalledVersion[], { folder, sha256 }: InstalledVersion) =>
      set.some((it) => it.folder === folder && it.sha256 === sha256);
    for (const each of there)
      if (!isIn(target.plugins, each)) this.#kept.take(join(this.folder.plugins, each.folder), each.sha256);
    for (const each of target.plugins) if (!isIn(there, each)) this.#kept.bringBack(each);
    await syncFolder(this.folder.plugins);
    await this.choices.replace(withoutOldTrust(target.choices, this.choices.all()), by);
    const { plugins, pins } = target;
    const changes = [`generation ${number} again`, ...changeWords(this.#last as Generation, target)];
    changes.push(...(await this.#walled(target)));
    const added = await this.#add({ plugins, pins, changes, by: by.name, choices: {}, again: target.again ?? number });
    this.audit.record({ by, what: "roll-back", subject: "plugins", before: from, after: { to: number, changes } });
    return added;
  }

  #target(number: number | undefined): Generation {
    const { generations } = this.#stored;
    const last = this.#last;
    const own = last?.again ?? last?.number ?? 0;
    const target = generations.findLast((it) => (number === undefined ? it.number < own : it.number === number));
    if (target && target !== last) return target;
    const others = generations.filter((it) => it !== last).map((it) => String(it.number));
    const remedy = others.length > 0 ? `choose ${either(others)}` : "nothing was installed, removed or pinned yet";
    const what = target ? `generation ${number} is in use` : `there is no generation ${number ?? "before"}`;
    throw new ProblemsError([{ field: "/to", message: `${what}; ${remedy}` }]);
  }

  /** What of a generation cannot be brought back. */
  async #missing({ plugins }: Generation): Promise<Problem[]> {
    const problems: Problem[] = [];
    for (const { id, version, folder, sha256 } of plugins) {
      const places = [join(this.folder.plugins, folder), this.#kept.path(sha256)].filter(existsSync);
      const sums = await Promise.all(places.map((place) => folderSum(place)));
      if (!sums.includes(sha256))
        problems.push({ message: `${id} ${version} is not as it was any more; install it again, then pin or remove` });
    }
    return problems;
  }

  /** The box's own plugins, without what is linked in. */
  async #installed(): Promise<InstalledVersion[]> {
    const versions: InstalledVersion[] = [];
    for (const found of this.#found()) {
      const { id, version } = found.manifest;
      const sha256 = await this.#sums.of(found.folder);
      const signature = signatureWords(await this.signatures.check(found));
      versions.push({ id, version, folder: this.#nameOf(found), sha256, ...(signature && { signature }) });
    }
    return versions.toSorted((a, b) => (a.folder < b.folder ? -1 : 1));
  }

  #found(): FoundPlugin[] {
    const root = realpathSync(this.folder.plugins);
    return discover([{ origin: "box", path: root }]).found.filter(({ folder }) => folder.startsWith(`${root}/`));
  }

  /** As generations know it: gain/1.0.0. */
  #nameOf({ folder }: FoundPlugin): string {
    return relative(realpathSync(this.folder.plugins), folder);
  }

  #needed(): Set<string> {
    return new Set(this.#stored.generations.flatMap(({ plugins }) => plugins.map(({ sha256 }) => sha256)));
  }

  #tell(error: unknown): void {
    if (!this.#hasTold) this.notify(`plugins that change cannot be rolled back for now: ${messageOf(error)}`);
    this.#hasTold = true;
  }
}

/** Trust in what nobody signed was for what lay there then: it does not come back once it was taken away. */
function withoutOldTrust(then: Generation["choices"], now: Choices): Choices {
  const isOver = (id: string) => then[id]?.trusted === "unsigned" && now.get(id)?.trusted !== "unsigned";
  return new Map(Object.entries(then).map(([id, it]) => [id, isOver(id) ? { ...it, trusted: false } : it]));
}

function signatureWords({ state, key }: Verdict): string | undefined {
  if (state === "unsigned") return undefined;
  if (state === "changed") return "not what was signed";
  return key?.name ? `signed by ${key.name}` : `signed with the key ${key?.id}, which is not trusted`;
}

function pinsOf(choices: PluginChoices): Record<string, string> {
  const pins = [...choices.all()].flatMap(([id, { pinned }]) => (pinned === undefined ? [] : [[id, pinned] as const]));
  return Object.fromEntries(pins.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Names of folders that it would move are what they may be. */
function isStored(value: unknown): value is Stored {
  const { generations } = (value ?? {}) as { generations?: unknown };
  return Array.isArray(generations) && generations.every(isGeneration);
}

function isGeneration(value: unknown): value is Generation {
  const { number, changes, plugins, pins, choices } = (value ?? {}) as Partial<Generation>;
  const isTable = (it: unknown) => typeof it === "object" && it !== null && !Array.isArray(it);
  return (
    Number.isSafeInteger(number) &&
    Array.isArray(changes) &&
    Array.isArray(plugins) &&
    plugins.every(isInstalled) &&
    isTable(pins) &&
    isTable(choices)
  );
}

function isInstalled({ id, version, folder, sha256 }: Partial<InstalledVersion>): boolean {
  const isPath = typeof folder === "string" && /^[^./][^/]*(\/[^./][^/]*)?$/.test(folder);
  return isPath && typeof id === "string" && typeof version === "string" && /^[0-9a-f]{64}$/.test(sha256 ?? "");
}
