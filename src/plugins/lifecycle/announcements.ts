// SPDX-License-Identifier: Apache-2.0
//
// What becomes of a plugin, told twice: in its log, and as events of the box.
import type { EventBus } from "../../runtime/events.ts";
import type { Manifest, PluginState } from "../plugin.ts";
import { PluginLog } from "./log.ts";

const MOST_REFUSALS = 32;

export class Announcements {
  readonly log = new PluginLog();
  #backend: string | undefined;
  #refusals = new Set<string>();

  constructor(
    private readonly id: string,
    private readonly events: EventBus,
  ) {}

  state(state: PluginState, reason: string | undefined, version: string | undefined): void {
    this.log.happened(reason ? `${state}: ${reason}` : state);
    this.events.publish("PluginState", {
      plugin: this.id,
      state,
      ...(version && { version }),
      ...(reason && { reason }),
    });
  }

  fault(message: string): void {
    this.log.fault(message);
    this.events.publish("PluginFault", { plugin: this.id, message });
  }

  /** What the plugin wrote itself. What the sandbox refused it is for the operator to know: once, since a plugin may
   * try again with every block. */
  wrote(text: string): void {
    this.log.wrote(text);
    for (const line of text.split("\n")) {
      if (!line.includes("needs permission") || this.#refusals.has(line)) continue;
      if (this.#refusals.size >= MOST_REFUSALS) return;
      this.#refusals.add(line);
      this.fault(line);
    }
  }

  /** What runs of it now. True if from here on other kernels compute, or those that are built in again. */
  running(manifest: Manifest | undefined): boolean {
    const backend = manifest?.capabilities.includes("backend") ? `${manifest.id} ${manifest.version}` : undefined;
    if (backend === this.#backend) return false;
    this.#backend = backend;
    this.events.publish("BackendChanged", { plugin: this.id, ...(backend && { backend }) });
    return true;
  }
}
