// SPDX-License-Identifier: Apache-2.0
//
// stagebox.toml in the data folder, which the box and people change. What is in force changes only by a whole file that
// can be read; that file is kept beside it, for a start at which a person's edit is broken.
import { existsSync, readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { fileRefusal, formatProblem, messageOf, type Problem, ProblemsError } from "../../pipeline/problem.ts";
import { Turns } from "../../runtime/turns.ts";
import { writeAtomic } from "../../store/atomic-file.ts";
import type { DataFolder } from "../../store/folder.ts";
import type { Notify } from "../../store/json-file.ts";
import type { PluginChoice } from "../plugin.ts";
import { readSettings, type Settings } from "./settings.ts";
import { writeSettings } from "./write-settings.ts";

export const SETTINGS_FILE = "stagebox.toml";
/** Choices may hold a plugin's secrets. */
const MODE = 0o600;

export type Choices = ReadonlyMap<string, PluginChoice>;
/** What the file holds, undefined where there is none, or why it cannot be read. */
type Given = string | undefined | ProblemsError;
/** What else is wrong with a choice, as whoever knows the plugin sees it; fields begin at the choice: /config/gain_db. */
export type CheckChoice = (id: string, choice: PluginChoice) => Problem[];

export class SettingsFile {
  readonly path: string;
  readonly #turns = new Turns();
  /** What is in force was read from it, or written to it. */
  #text = "";
  #choices: Choices = new Map();
  /** Of an edit that is not in force. */
  #refused: { given: Given; problems: readonly Problem[] } | undefined;
  check: CheckChoice = () => [];

  constructor(
    folder: DataFolder,
    private readonly notify: Notify,
  ) {
    this.path = folder.file(SETTINGS_FILE);
    const text = attempt(() => readIfThere(this.path));
    if (text !== undefined) this.#begin(text);
  }

  get choices(): Choices {
    return this.#choices;
  }

  /** What is wrong with the file as it stands; what was in force before goes on. */
  get problems(): readonly Problem[] {
    return this.#refused?.problems ?? [];
  }

  /** Applies `change` to what is in force and writes it. False if that changes nothing. What could not be written has not
   * happened. Throws ProblemsError where a person's edit is broken. */
  change(change: (choices: Choices) => Choices): Promise<boolean> {
    return this.#turns.take(async () => {
      this.#catchUp();
      if (this.#refused && this.#refused.given !== undefined) throw new ProblemsError(this.problems);
      const after = change(this.#choices);
      if (isDeepStrictEqual(after, this.#choices)) return false;
      const text = writeSettings(this.#text, after);
      await writeAtomic(this.path, text, MODE);
      this.#inForce(text, after);
      await this.#keep();
      return true;
    });
  }

  /** Takes over what a person has written. What was in force before; undefined if that stays. */
  reread(): Promise<Choices | undefined> {
    return this.#turns.take(async () => {
      const before = this.#choices;
      const isNew = this.#catchUp();
      if (!this.#refused) await this.#keep();
      return isNew ? before : undefined;
    });
  }

  #begin(given: string | ProblemsError): void {
    const isText = typeof given === "string";
    const settings = isText ? attempt(() => readSettings(given, this.path)) : given;
    const { problems } = settings;
    const good = problems.length > 0 ? attempt(() => readIfThere(this.#goodPath)) : undefined;
    if (typeof good === "string") {
      const before = attempt(() => readSettings(good, this.#goodPath));
      if (!(before instanceof ProblemsError)) this.#inForce(good, before.choices);
      this.#refuse(given, problems);
    } else if (settings instanceof ProblemsError) this.#refuse(given, problems);
    else {
      // Nobody knows what was meant before; what can be read of it counts.
      for (const problem of problems) this.notify(`${formatProblem(problem)}; going on without it`);
      this.#tellNotices(settings);
      this.#inForce(isText ? given : "", settings.choices);
    }
  }

  /** True if something else is in force now. */
  #catchUp(): boolean {
    const text = attempt(() => readIfThere(this.path));
    if (text === this.#text || (text === undefined && this.#text === "")) {
      this.#refused = undefined;
      return false;
    }
    if (this.#refused && isDeepStrictEqual(text, this.#refused.given)) return false;
    if (text === undefined) return this.#refuse(text, [{ file: this.path, message: "is gone" }]);
    if (text instanceof ProblemsError) return this.#refuse(text, text.problems);
    const settings = attempt(() => readSettings(text, this.path));
    if (settings instanceof ProblemsError) return this.#refuse(text, settings.problems);
    const problems = [...settings.problems, ...this.#checked(settings)];
    if (problems.length > 0) return this.#refuse(text, problems);
    this.#tellNotices(settings);
    this.#inForce(text, settings.choices);
    return true;
  }

  /** Only what is new: what a plugin of another version made of a choice was accepted then. */
  #checked({ choices, index, document }: Settings): Problem[] {
    return [...choices].flatMap(([id, choice]) => {
      if (isDeepStrictEqual(choice, this.#choices.get(id))) return [];
      return this.check(id, choice).map(({ field = "", message }) => {
        const inside = field.split("/").slice(1);
        return { ...document.place(["plugins", "entries", index.get(id) ?? 0, ...inside]), message };
      });
    });
  }

  #inForce(text: string, choices: Choices): void {
    this.#text = text;
    this.#choices = choices;
    this.#refused = undefined;
  }

  #refuse(given: Given, problems: readonly Problem[]): false {
    this.#refused = { given, problems };
    const words = problems.map(formatProblem).join("; ");
    this.notify(`${words}; until that is put right, what was decided before goes on`);
    return false;
  }

  #tellNotices({ notices }: Settings): void {
    for (const notice of notices) this.notify(formatProblem(notice));
  }

  get #goodPath(): string {
    return `${this.path}.good`;
  }

  async #keep(): Promise<void> {
    if (this.#text === "" || attempt(() => readIfThere(this.#goodPath)) === this.#text) return;
    await writeAtomic(this.#goodPath, this.#text, MODE).catch((error) =>
      this.notify(`${this.path} could not be kept for the next start: ${error.message}`),
    );
  }
}

/** Whatever could not be written again as it is counts as not read: a comment in Latin-1 would be lost. */
function readIfThere(path: string): string | undefined {
  const bytes = bytesIfThere(path);
  try {
    return bytes && new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw fileRefusal(path, "is not UTF-8 text; save it as UTF-8");
  }
}

function bytesIfThere(path: string): Buffer | undefined {
  try {
    return existsSync(path) ? readFileSync(path) : undefined;
  } catch (error) {
    throw fileRefusal(path, `cannot be read (${messageOf(error)}); see to its owner and mode`);
  }
}

function attempt<T>(act: () => T): T | ProblemsError {
  try {
    return act();
  } catch (error) {
    if (error instanceof ProblemsError) return error;
    throw error;
  }
}
