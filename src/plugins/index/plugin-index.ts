// SPDX-License-Identifier: Apache-2.0
//
// All indexes of a box as one. An id belongs to the index that is asked first: one that comes later cannot slip a newer
// version of somebody else's plugin in.
import { type Problem, ProblemsError } from "../../pipeline/problem.ts";
import type { DataFolder } from "../../store/folder.ts";
import type { Notify } from "../../store/json-file.ts";
import { PluginChoices } from "../choices/choices.ts";
import { discover } from "../discovery/discover.ts";
import { artifactFolders, pluginFolders } from "../discovery/folders.ts";
import { chooseVersions, offersOf, thisMachine } from "../discovery/versions.ts";
import { type Installed, type InstallOptions, installTogether } from "../install/install.ts";
import { LIMITS } from "../install/limits.ts";
import type { Source } from "../install/source.ts";
import type { FoundPlugin } from "../plugin.ts";
import { keyFolders, readTrustedKeys } from "../signature/trusted-keys.ts";
import type { IndexedPlugin } from "./index-file.ts";
import { fetchBundle, openIndex } from "./open-index.ts";
import { type InstallStep, type Present, resolveInstall, type WantedPlugin } from "./resolve-install.ts";
import { type IndexSource, IndexSources } from "./sources.ts";

export interface Offer {
  plugin: IndexedPlugin;
  source: IndexSource;
}

type Bundle = Extract<Source, { kind: "bundle" }> & { step: InstallStep };

export interface Offers {
  /** By id. */
  plugins: Map<string, Offer>;
  /** Why some index is not among them. */
  problems: Problem[];
}

export class PluginIndex {
  readonly sources: IndexSources;

  constructor(
    private readonly folder: DataFolder,
    private readonly notify: Notify,
  ) {
    this.sources = new IndexSources(folder, notify);
  }

  /** What the indexes have now; one that cannot be had does not keep the others away. Throws ProblemsError if there is
   * none at all, or the reason of `signal`. */
  async look(signal: AbortSignal): Promise<Offers> {
    const sources = await this.sources.all();
    const none = "this box looks in no index yet; add one with stagebox plugin source ADDRESS";
    if (sources.length === 0) throw new ProblemsError([{ message: none }]);
    const trusted = readTrustedKeys(keyFolders(this.folder)).keys;
    const offers: Offers = { plugins: new Map(), problems: [] };
    const opened = await Promise.allSettled(sources.map((source) => openIndex(source, trusted, signal)));
    signal.throwIfAborted();
    for (const each of opened) {
      if (each.status === "fulfilled") {
        const { source, index } = each.value;
        await this.sources.saw(source, index.made);
        for (const plugin of index.plugins)
          if (!offers.plugins.has(plugin.id)) offers.plugins.set(plugin.id, { plugin, source });
      } else if (each.reason instanceof ProblemsError) offers.problems.push(...each.reason.problems);
      else throw each.reason;
    }
    return offers;
  }

  /** What would have to be installed. Throws ProblemsError. */
  async plan(wanted: WantedPlugin, offers: Offers): Promise<InstallStep[]> {
    const index = new Map([...offers.plugins].map(([id, { plugin }]) => [id, plugin]));
    return resolveInstall(wanted, index, await this.#present(wanted));
  }

  /** Installs what was planned, all of it or nothing. Throws ProblemsError, or the reason of the signal. */
  async install(steps: readonly InstallStep[], offers: Offers, options: InstallOptions): Promise<Installed[]> {
    const bytes = steps.reduce((sum, { version }) => sum + version.bytes, 0);
    if (bytes > LIMITS.unpacked_bytes)
      throw new ProblemsError([
        { message: "all that it needs is too much for one go; install its dependencies first" },
      ]);
    const bundles: Bundle[] = [];
    for (const step of steps) {
      const { source } = offers.plugins.get(step.id) as Offer;
      const zip = await fetchBundle(source, step.version, options.signal);
      bundles.push({ kind: "bundle", name: step.version.address, zip, step });
    }
    return installTogether(bundles, {
      ...options,
      async preflight(plugin, signal, source) {
        mustBe((source as Bundle).step, plugin);
        await options.preflight(plugin, signal, source);
      },
    });
  }

  /** Whoever names a version of a plugin that is pinned means it: it lies beside that one, to be tried out. */
  async #present({ id, range }: WantedPlugin): Promise<Present> {
    const choices = (await PluginChoices.open(this.folder, this.notify)).all();
    const { found } = discover([...pluginFolders(this.folder), ...artifactFolders(choices)]);
    const running = chooseVersions(found, choices).filter(({ problem }) => problem === undefined);
    const { pinned: _, ...unpinned } = choices.get(id) ?? {};
    if (range !== "*") choices.set(id, unpinned);
    const { byId, blocked } = offersOf(found, choices, thisMachine());
    const installed = byId.flatMap(([, offers]) =>
      offers.map((offer) => ({
        ...offer,
        kept: !blocked.has(offer.id) && running.some(({ plugin }) => plugin === offer.plugin),
      })),
    );
    return { installed, blocked, choices };
  }
}

/** An index may name a bundle that is another plugin's. */
function mustBe({ id, version: { version, address } }: InstallStep, { manifest }: FoundPlugin): void {
  if (manifest.id === id && manifest.version === version) return;
  const message = `is ${manifest.id} ${manifest.version}, though the index says ${id} ${version}; tell its keeper`;
  throw new ProblemsError([{ file: address, message }]);
}
