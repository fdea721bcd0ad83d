// SPDX-License-Identifier: Apache-2.0
//
// The plugins of a data folder, as the commands see them: through the box that runs there, or, where none does, in the
// folders and stagebox.toml themselves.
import type { Problem } from "../../pipeline/problem.ts";
import type { Generation } from "../../plugins/generations/generation.ts";
import type { BrokenPlugin, LogLine, PluginChoice, PluginView } from "../../plugins/plugin.ts";
import { BoxClient } from "./box-client.ts";
import { BoxPlugins } from "./box-plugins.ts";
import { FolderPlugins } from "./folder-plugins.ts";

type Known =
  | "id"
  | "name"
  | "version"
  | "description"
  | "authors"
  | "license"
  | "type"
  | "category"
  | "runtime"
  | Links;
type Links = "capabilities" | "dependencies";
type Held =
  | "origin"
  | "folder"
  | "versions"
  | "pinned"
  | "trusted"
  | "signature"
  | "stages"
  | "presets"
  | "permissions"
  | "warnings";

/** What is known of a plugin whether a box runs or not. A running box adds the rest of its PluginView. */
export interface PluginInfo extends Pick<PluginView, Known | Held> {
  /** `enabled`: no box runs. */
  state: PluginView["state"] | "enabled";
  quarantined?: boolean;
  reason?: string;
}

/** What can be decided from the command line. */
export type DecidedHere = Pick<PluginChoice, "enabled" | "granted" | "trusted" | "pinned" | "config">;

export interface PluginList {
  plugins: PluginInfo[];
  broken: BrokenPlugin[];
  /** What is wrong with stagebox.toml. */
  settings: readonly Problem[];
}

export interface PluginsOfBox {
  /** A box runs. */
  isRunning: boolean;
  list(): Promise<PluginList>;
  /** Throws ProblemsError if there is none. */
  get(id: string): Promise<PluginInfo>;
  choose(id: string, choice: DecidedHere): Promise<PluginInfo>;
  /** Throws ProblemsError if no box runs. */
  log(id: string): Promise<LogLine[]>;
  /** Its stages in the running graph that are passed over. */
  bypassed(plugin: PluginInfo): Promise<string[]>;
  /** Takes a plugin, or one version, out of the box's folder, and with the last what was decided about it. */
  remove(id: string, version: string | undefined): Promise<void>;
  /** What was decided about a plugin that is removed. */
  forget(id: string): Promise<void>;
  /** What `act` makes of the box's folder of plugins, and decides, is one generation. */
  change<T>(act: () => Promise<T>): Promise<T>;
  generations(): Promise<Generation[]>;
  rollback(to: number | undefined): Promise<Generation>;
}

/** How a plugin comes out of quarantine. */
export function goesOnWith(id: string): string {
  return `with another build (stagebox plugin check tells where it fails), or as it is: stagebox plugin enable ${id}`;
}

export async function openPlugins(data: string): Promise<PluginsOfBox> {
  const box = await BoxClient.find(data);
  return box ? new BoxPlugins(box, data) : new FolderPlugins(data);
}
