// SPDX-License-Identifier: Apache-2.0
//
// What becomes of a plugin, told twice: in its log, and as events of the box.
import type { EventBus } from "../../runtime/events.ts";
import { hasCapability } from "../find.ts";
import type { Manifest, PluginState } from "../plugin.ts";
import { PluginLog } from "./log.ts";

const MOST_REFUSALS = 32;

export class Announcements {
  readonly log = new PluginLog();
  #running: Manifest | undefined;
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
    this.log.happened(message);
    this.toldFault(message);
  }

  /** Of which the log has a line already. */
  toldFault(message: string): void {
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
      this.toldFault(line);
    }
  }

  /** What runs of it now, as its folder was last read. True if from here on other kernels compute, or those that are
   * built in again. */
  running(manifest: Manifest | undefined): boolean {
    const before = this.#running;
    if (manifest === before) return false;
    this.#running = manifest;
    if (before) this.events.publish("PluginUnloaded", { plugin: this.id, version: before.version });
    if (manifest) this.events.publish("PluginLoaded", { plugin: this.id, version: manifest.version });
    const backend = backendOf(manifest);
    if (backend === backendOf(before)) return false;
    this.events.publish("BackendChanged", { plugin: this.id, ...(backend && { backend }) });
    return true;
  }
}

function backendOf(manifest: Manifest | undefined): string | undefined {
  return manifest && hasCapability(manifest.capabilities, "backend") ? `${manifest.id} ${manifest.version}` : undefined;
}
