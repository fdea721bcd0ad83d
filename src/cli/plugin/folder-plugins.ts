// SPDX-License-Identifier: Apache-2.0
import { ProblemsError } from "../../pipeline/problem.ts";
import { suggestion } from "../../pipeline/suggest.ts";
import { quote } from "../../pipeline/words.ts";
import { PluginChoices } from "../../plugins/choices/choices.ts";
import { grantedPermissions, isEnabled, isTrusted, wantsInside } from "../../plugins/choices/permissions.ts";
import { discover } from "../../plugins/discovery/discover.ts";
import { pluginFolders } from "../../plugins/discovery/folders.ts";
import { type ChosenPlugin, chooseVersions } from "../../plugins/discovery/versions.ts";
import type { LogLine, PluginChoice } from "../../plugins/plugin.ts";
import { Signatures } from "../../plugins/signature/signatures.ts";
import { keyFolders } from "../../plugins/signature/trusted-keys.ts";
import { signatureView } from "../../plugins/view.ts";
import { DataFolder } from "../../store/folder.ts";
import type { PluginInfo, PluginList, PluginsOfBox } from "./plugins.ts";

/** Those in the folders, where no box runs. */
export class FolderPlugins implements PluginsOfBox {
  readonly isRunning = false;
  readonly #data: DataFolder;
  readonly #signatures: Signatures;

  constructor(data: string) {
    this.#data = new DataFolder(data);
    this.#signatures = new Signatures(keyFolders(this.#data));
  }

  async list(): Promise<PluginList> {
    const choices = (await this.#choices()).all();
    const { found, broken } = discover(pluginFolders(this.#data));
    const plugins: PluginInfo[] = [];
    for (const chosen of chooseVersions(found, choices)) {
      const verdict = await this.#signatures.check(chosen.plugin);
      plugins.push({ ...infoOf(chosen, choices.get(chosen.id)), signature: signatureView(verdict) });
    }
    return { plugins: plugins.toSorted((a, b) => (a.id < b.id ? -1 : 1)), broken };
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

  async choose(id: string, choice: Pick<PluginChoice, "enabled" | "granted" | "trusted">): Promise<PluginInfo> {
    const { found } = discover(pluginFolders(this.#data));
    const choices = await this.#choices();
    const chosen = chooseVersions(found, choices.all()).find((it) => it.id === id)?.plugin;
    if (chosen && choice.trusted && wantsInside(chosen, choice)) {
      await this.#signatures.check(chosen);
      const refusal = this.#signatures.refusal(chosen, choice);
      if (refusal !== undefined) throw new ProblemsError([{ message: refusal }]);
    }
    await this.get(id);
    await choices.choose(id, choice);
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

  async forget(id: string): Promise<void> {
    await (await this.#choices()).forget(id);
  }

  #choices(): Promise<PluginChoices> {
    return PluginChoices.open(this.#data, (notice) => console.error(`note: ${notice}`));
  }
}

function infoOf({ plugin, problem, versions }: ChosenPlugin, choice: PluginChoice = {}): PluginInfo {
  const { manifest, origin, folder, warnings } = plugin;
  const { id, name, version, description, authors, license, type, category, stages, presets, permissions, runtime } =
    manifest;
  return {
    ...{
      id,
      name,
      version,
      description,
      authors,
      license,
      type,
      category,
      runtime,
      origin,
      folder,
      stages,
      presets,
      warnings,
    },
    state: !isEnabled(manifest, choice) ? "disabled" : problem === undefined ? "enabled" : "error",
    ...(problem !== undefined && { reason: problem }),
    versions,
    ...(choice.pinned !== undefined && { pinned: choice.pinned }),
    trusted: isTrusted(plugin, choice),
    permissions: { asked: permissions, granted: grantedPermissions(permissions, choice.granted) },
  };
}
