// SPDX-License-Identifier: Apache-2.0
//
// What the service's own user does of a set-up, in the service's own folder: root would follow whatever link lies there,
// and would run whatever a plugin's check runs.
import type { Problem } from "../../pipeline/problem.ts";

export interface ServiceOrder {
  token?: string;
  /** Files and folders by paths that the service's user can read, or addresses. */
  plugins: string[];
  pipeline?: PipelineOrder;
}

export interface PipelineOrder {
  name: string;
  /** Of a file beside the set-up file; without it, one that the box knows is meant. */
  yaml?: string;
}

/** What became of one part of an order. */
export interface ServiceAnswer {
  part: "token" | "plugin" | "pipeline";
  /** Which plugin. */
  index?: number;
  /** In words, if it was done. */
  done?: string;
  problems: Problem[];
  /** The network did not reach so far: it may another time. */
  again?: boolean;
}

export interface ServiceSide {
  /** Throws if nobody could be asked. */
  obey(order: ServiceOrder): Promise<ServiceAnswer[]>;
}
