// SPDX-License-Identifier: Apache-2.0
import { ProblemsError } from "../../pipeline/problem.ts";
import { NO_PERMISSIONS } from "../../plugins/choices/permissions.ts";
import type { Generation } from "../../plugins/generations/generation.ts";
import { TICKET } from "../../plugins/index/box-installer.ts";
import { changeTogether } from "../../plugins/install/staging.ts";
import type { LogLine, PluginView } from "../../plugins/plugin.ts";
import { DataFolder } from "../../store/folder.ts";
import type { BoxClient } from "./box-client.ts";
import type { DecidedHere, PluginInfo, PluginList, PluginsOfBox } from "./plugins.ts";

/** Those of the box that runs. */
export class BoxPlugins implements PluginsOfBox {
  readonly isRunning = true;

  constructor(
    private readonly box: BoxClient,
    private readonly data: string,
  ) {}

  async list(): Promise<PluginList> {
    const { plugins } = await this.box.get<{ plugins: PluginView[] }>("/api/plugins");
    const { broken, settings } = await this.box.get<Omit<PluginList, "plugins">>("/api/plugins/system/status");
    return { plugins, broken, settings };
  }

  get(id: string): Promise<PluginView> {
    return this.box.get(pathOf(id));
  }

  /** One in quarantine is tried again. */
  async choose(id: string, { enabled = true, granted, trusted, pinned, config }: DecidedHere): Promise<PluginView> {
    if (!enabled) return this.box.post(`${pathOf(id)}/disable`);
    const view = await this.box.post<PluginView>(`${pathOf(id)}/enable`, {
      ...(granted && { grant: granted }),
      ...(trusted !== undefined && { trust: trusted }),
      ...(pinned !== undefined && { pinned }),
      ...(config && { config }),
    });
    return view.quarantined ? this.box.post(`${pathOf(id)}/retry`) : view;
  }

  async log(id: string): Promise<LogLine[]> {
    return (await this.box.get<{ log: LogLine[] }>(`${pathOf(id)}/log`)).log;
  }

  async bypassed({ stages }: PluginInfo): Promise<string[]> {
    type Graph = { stages?: { id: string; type: string; bypass: boolean }[] };
    const graph = await this.box.get<Graph>("/api/graph").catch((error) => {
      if (error instanceof ProblemsError) return {} as Graph; // nothing runs
      throw error;
    });
    const own = new Set(stages.map(({ type }) => type));
    return (graph.stages ?? []).flatMap(({ id, type, bypass }) => (bypass && own.has(type) ? [id] : []));
  }

  async remove(id: string, version: string | undefined): Promise<void> {
    await this.box.delete(`${pathOf(id)}${version === undefined ? "" : `?version=${encodeURIComponent(version)}`}`);
  }

  /** The box would see it by itself, though not what belongs together, nor who did it. */
  change<T>(act: () => Promise<T>): Promise<T> {
    return changeTogether(new DataFolder(this.data).plugins, async () => {
      try {
        return await act();
      } finally {
        await this.box.post("/api/plugins/generations", askedFor());
      }
    });
  }

  async generations(): Promise<Generation[]> {
    return (await this.box.get<{ generations: Generation[] }>("/api/plugins/generations")).generations;
  }

  rollback(to: number | undefined): Promise<Generation> {
    return this.box.post("/api/plugins/generations/rollback", to === undefined ? {} : { to });
  }

  /** The box forgets a plugin that is no more; what it was allowed must not wait for the next of that name. */
  async forget(id: string): Promise<void> {
    const nothing = { grant: NO_PERMISSIONS, trust: false, config: {}, pinned: null };
    await this.box.post(`${pathOf(id)}/enable`, nothing).catch((error) => {
      if (!(error instanceof ProblemsError)) throw error; // it is gone already
    });
  }
}

/** For whom the box itself has started this, if it has. */
function askedFor(): { ticket?: string } {
  const ticket = process.env[TICKET];
  return ticket === undefined ? {} : { ticket };
}

function pathOf(id: string): string {
  return `/api/plugins/${encodeURIComponent(id)}`;
}
