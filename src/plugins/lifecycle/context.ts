// SPDX-License-Identifier: Apache-2.0
//
// What a plugin's runner needs of the box around it.
import type { Node } from "../../native/node.ts";
import type { ComponentSpec } from "../../pipeline/catalog.ts";
import type { PatchAction } from "../../pipeline/patch.ts";
import type { Pipeline } from "../../pipeline/pipeline.ts";
import type { LiveCatalog } from "../../runtime/catalog.ts";
import type { EventBus } from "../../runtime/events.ts";
import type { Beside } from "../../runtime/graph.ts";
import type { PluginBus } from "../bus/bus.ts";
import type { PluginChoices } from "../choices/choices.ts";
import type { PluginPlaces } from "../choices/library-options.ts";
import type { Signatures } from "../signature/signatures.ts";
import type { Wanted } from "./wanted.ts";

/** The running graph, as far as plugins are concerned; runtime/supervisor.ts. */
export interface PluginGraph {
  pipeline(): Pipeline | undefined;
  nodes(): { id: string; node: Node }[];
  refresh(): Promise<void>;
  runBeside(stage: string, spec: ComponentSpec, onGone: () => void): Promise<Beside>;
  endBeside(beside: readonly Beside[]): Promise<void>;
  patch(actions: readonly PatchAction[], options?: { by?: string }): Promise<unknown>;
}

/** Told what is about to run in this process or talks to it, and what does, for whoever asks what ran when it went down. */
export interface PluginTrail {
  opening(id: string, sha256: string): void;
  open(id: string, sha256: string): void;
  closed(id: string): void;
  mainBegins(id: string, sha256: string): void;
  mainEnded(id: string): void;
}

export interface RunnerContext {
  catalog: LiveCatalog;
  graph: PluginGraph;
  events: EventBus;
  places: PluginPlaces;
  choices: PluginChoices;
  signatures: Signatures;
  /** On which main parts are; absent: there are none. */
  bus?: PluginBus;
  /** What is wanted of a plugin now that a choice was made. */
  wantedOf(id: string): Wanted;
  trail?: PluginTrail;
  /** How long a library may take to register. */
  open_limit_ms?: number;
}
