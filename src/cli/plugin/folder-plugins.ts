// SPDX-License-Identifier: Apache-2.0
import { ProblemsError } from "../../pipeline/problem.ts";
import { suggestion } from "../../pipeline/suggest.ts";
import { quote } from "../../pipeline/words.ts";
import { PluginChoices } from "../../plugins/choices/choices.ts";
import { isEnabled, isTrusted } from "../../plugins/choices/permissions.ts";
import { discover } from "../../plugins/discovery/discover.ts";
import { pluginFolders } from "../../plugins/discovery/folders.ts";
import { type ChosenPlugin, chooseVersions } from "../../plugins/discovery/versions.ts";
import type { LogLine, PluginChoice } from "../../plugins/plugin.ts";
import { permissionsOf } from "../../plugins/view.ts";
import { DataFolder } from "../../store/folder.ts";
import type { PluginInfo, PluginList, PluginsOfBox } from "./plugins.ts";

/** Those in the folders, where no box runs. */
export class FolderPlugins implements PluginsOfBox {
  readonly isRunning = false;
  readonly #data: DataFolder;

  constructor(data: string) {
    this.#data = new DataFolder(data);
  }

  async list(): Promise<PluginList> {
    const choices = (await this.#choices()).all();
    const { found, broken } = discover(pluginFolders(this.#data));
    const plugins = chooseVersions(found, choices).map((chosen) => infoOf(chosen, choices.get(chosen.id)));
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
    await this.get(id);
    await (await this.#choices()).choose(id, choice);
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
    permissions: permissionsOf(permissions, choice.granted),
  };
}
