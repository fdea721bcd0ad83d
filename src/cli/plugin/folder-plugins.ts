// SPDX-License-Identifier: Apache-2.0
import { ProblemsError } from "../../pipeline/problem.ts";
import { suggestion } from "../../pipeline/suggest.ts";
import { quote } from "../../pipeline/words.ts";
import { PluginChoices } from "../../plugins/choices/choices.ts";
import { isEnabled, isTrusted, wantsInside } from "../../plugins/choices/permissions.ts";
import { discover } from "../../plugins/discovery/discover.ts";
import { artifactFolders, pluginFolders } from "../../plugins/discovery/folders.ts";
import { type ChosenPlugin, chooseVersions } from "../../plugins/discovery/versions.ts";
import type { Generation } from "../../plugins/generations/generation.ts";
import { Generations } from "../../plugins/generations/generations.ts";
import { takeAway } from "../../plugins/generations/keep-build.ts";
import { foldersOf } from "../../plugins/install/remove.ts";
import type { BrokenPlugin, LogLine, PluginChoice } from "../../plugins/plugin.ts";
import { Signatures } from "../../plugins/signature/signatures.ts";
import { keyFolders } from "../../plugins/signature/trusted-keys.ts";
import { permissionsOf, signatureView } from "../../plugins/view.ts";
import { type AuditLog, LOCAL } from "../../store/audit.ts";
import { DataFolder } from "../../store/folder.ts";
import { withAudit } from "../audit.ts";
import type { DecidedHere, PluginInfo, PluginList, PluginsOfBox } from "./plugins.ts";

/** Those in the folders, where no box runs. */
export class FolderPlugins implements PluginsOfBox {
  readonly isRunning = false;
  readonly #data: DataFolder;
  readonly #signatures: Signatures;
  /** Opened by what is going on. */
  #deciding: { choices: PluginChoices; audit: AuditLog } | undefined;

  constructor(data: string) {
    this.#data = new DataFolder(data);
    this.#signatures = new Signatures(keyFolders(this.#data));
  }

  async list(): Promise<PluginList> {
    const opened = await this.#choices();
    const choices = opened.all();
    const { chosen, broken } = this.#chosen(choices);
    const plugins: PluginInfo[] = [];
    for (const each of chosen) {
      const verdict = await this.#signatures.check(each.plugin);
      plugins.push({ ...infoOf(each, choices.get(each.id)), signature: signatureView(verdict) });
    }
    return { plugins: plugins.toSorted((a, b) => (a.id < b.id ? -1 : 1)), broken, settings: opened.problems };
  }

  async get(id: string): Promise<PluginInfo> {
    const { plugins, broken } = await this.list();
    const plugin = plugins.find((plugin) => plugin.id === id);
    if (plugin) return plugin;
    const problems = broken.filter((plugin) => plugin.id === id).flatMap((plugin) => plugin.problems);
    const ids = plugins.map((plugin) => plugin.id);
    const none = { message: `${quote(id)} is not the id of a plugin here; ${suggestion(id, ids)}` };
    throw new ProblemsError(problems.length > 0 ? problems : [none]);
  }

  async choose(id: string, choice: DecidedHere): Promise<PluginInfo> {
    await this.get(id);
    await this.#decide(async (choices) => {
      if (choice.trusted) await this.#refuseUnsigned(id, choices, choice);
      await choices.choose(id, choice, LOCAL);
    });
    return this.get(id);
  }

  async log(): Promise<LogLine[]> {
    throw new ProblemsError([
      { file: this.#data.path, message: "no box runs there, and a log is only kept while one does; stagebox run" },
    ]);
  }

  async bypassed(): Promise<string[]> {
    return [];
  }

  remove(id: string, version: string | undefined): Promise<void> {
    return this.change(async () => {
      await takeAway(this.#data, foldersOf(this.#data.plugins, id, version));
      const { plugins, broken } = await this.list();
      if (![...plugins, ...broken].some((plugin) => plugin.id === id)) await this.forget(id);
    });
  }

  change<T>(act: () => Promise<T>): Promise<T> {
    return this.#withGenerations(async (generations) => {
      await generations.note();
      try {
        return await act();
      } finally {
        await generations.note(LOCAL);
      }
    });
  }

  generations(): Promise<Generation[]> {
    return this.#withGenerations(async (generations) => generations.list());
  }

  rollback(to: number | undefined): Promise<Generation> {
    return this.#withGenerations((generations) => generations.rollback(to, LOCAL));
  }

  async forget(id: string): Promise<void> {
    await this.#decide((choices) => choices.forget(id, LOCAL));
  }

  #chosen(choices: ReadonlyMap<string, PluginChoice>): { chosen: ChosenPlugin[]; broken: BrokenPlugin[] } {
    const { found, broken } = discover([...pluginFolders(this.#data), ...artifactFolders(choices)]);
    return { chosen: chooseVersions(found, choices), broken };
  }

  /** Throws ProblemsError for a trust that could not be had. */
  async #refuseUnsigned(id: string, choices: PluginChoices, choice: DecidedHere): Promise<void> {
    const found = this.#chosen(choices.all()).chosen.find((it) => it.id === id)?.plugin;
    if (!found || !wantsInside(found, choice)) return;
    await this.#signatures.check(found);
    const refusal = this.#signatures.refusal(found, choice);
    if (refusal !== undefined) throw new ProblemsError([{ message: refusal }]);
  }

  /** As whoever sits at the box, which the audit log notes. What is decided on the way is decided in the same place. */
  #decide<T>(act: (choices: PluginChoices, audit: AuditLog) => Promise<T>): Promise<T> {
    if (this.#deciding) return act(this.#deciding.choices, this.#deciding.audit);
    return withAudit(this.#data.path, async (audit) => {
      this.#deciding = { choices: await this.#choices(audit), audit };
      return act(this.#deciding.choices, audit).finally(() => {
        this.#deciding = undefined;
      });
    });
  }

  #withGenerations<T>(act: (generations: Generations) => Promise<T>): Promise<T> {
    return this.#decide(async (choices, audit) => act(await Generations.open(this.#data, choices, tell, audit)));
  }

  #choices(audit?: AuditLog): Promise<PluginChoices> {
    return PluginChoices.open(this.#data, tell, audit);
  }
}

const tell = (notice: string) => console.error(`note: ${notice}`);

function infoOf({ plugin, problem, versions }: ChosenPlugin, choice: PluginChoice = {}): PluginInfo {
  const { manifest, origin, folder, warnings } = plugin;
  const { runtime, stages, presets, permissions, capabilities, dependencies } = manifest;
  const { id, name, version, description, authors, license, type, category } = manifest;
  return {
    ...{ id, name, version, description, authors, license, type, category, runtime, capabilities, dependencies },
    ...{ origin, folder, stages, presets, warnings },
    state: !isEnabled(manifest, choice) ? "disabled" : problem === undefined ? "enabled" : "error",
    ...(problem !== undefined && { reason: problem }),
    versions,
    ...(choice.pinned !== undefined && { pinned: choice.pinned }),
    trusted: isTrusted(plugin, choice),
    permissions: permissionsOf(permissions, choice.granted),
  };
}
