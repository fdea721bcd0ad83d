// SPDX-License-Identifier: Apache-2.0
//
// What a plugin's runner needs of the box around it.
import type { Node } from "../native/node.ts";
import type { PatchAction } from "../pipeline/patch.ts";
import type { Pipeline } from "../pipeline/pipeline.ts";
import type { LiveCatalog } from "../runtime/catalog.ts";
import type { EventBus } from "../runtime/events.ts";
import type { PluginPlaces } from "./options.ts";
import type { BrokenPlugin, FoundPlugin, PluginChoice } from "./plugin.ts";
import type { QuarantineFile } from "./quarantine.ts";

/** The running graph, as far as plugins are concerned; runtime/supervisor.ts. */
export interface PluginGraph {
  pipeline(): Pipeline | undefined;
  nodes(): { id: string; node: Node }[];
  refresh(): Promise<void>;
  patch(actions: readonly PatchAction[], options?: { by?: string }): Promise<unknown>;
}

/** What lies in the plugin folders. */
export interface Scan {
  found: FoundPlugin[];
  broken: BrokenPlugin[];
}

/** The version to run of those there are, or why there is none. */
export type SelectVersion = (
  versions: readonly FoundPlugin[],
  pinned: string | undefined,
) => { found?: FoundPlugin; problem?: string };

export interface RunnerContext {
  catalog: LiveCatalog;
  graph: PluginGraph;
  events: EventBus;
  places: PluginPlaces;
  quarantine: QuarantineFile;
  select: SelectVersion;
  /** Remembers a choice that the box itself makes: going back to an older version. */
  choose(id: string, choice: Partial<PluginChoice>): Promise<void>;
  /** How long a library may take to register. */
  open_limit_ms?: number;
}
