// SPDX-License-Identifier: Apache-2.0
//
// What the process that hosts a component is told of it, besides the component itself.
import type { ParamSpec, Port } from "../../pipeline/catalog.ts";
import type { EventNotice } from "../plugin.ts";

type Spec = Pick<ParamSpec, "id" | "kind">;

export interface HostingTerms {
  /** The most that its memories have together. */
  memory_mb: number;
  /** Those that [stages] declares. */
  stages: { type: string; output: Port; params: Spec[] }[];
  /** Of its settings. */
  config: Spec[];
  /** What it was granted. */
  granted: {
    log: boolean;
    config: boolean;
    watch: boolean;
    /** The name of each folder that it may look at, and where that lies. */
    folders: [name: string, path: string][];
    subscribe: string[];
    publish: string[];
    services: string[];
  };
  /** Of its own. */
  id: string;
  events: Pick<EventNotice, "name" | "schema">[];
  services: string[];
}
