// SPDX-License-Identifier: Apache-2.0
//
// A component of the world `plugin`, as a process that hosts it calls it.
import { type Instance, instantiate, type LoadedComponent, type Surroundings } from "./instantiate.ts";
import type { Setting } from "./values.ts";

export interface PluginEvent {
  name: string;
  time_ms: number;
  /** JSON. */
  data: string;
}

/** Each call throws ComponentRefusal where it returns an error and ComponentTrap where it falls over. */
export class PluginComponent {
  private constructor(private readonly instance: Instance<Lifecycle>) {}

  static create(component: LoadedComponent, surroundings: Surroundings): PluginComponent {
    return new PluginComponent(instantiate<Lifecycle>(component, "lifecycle", surroundings));
  }

  init(config: readonly Setting[]): void {
    this.instance.call("init", (it) => it.init(config));
  }

  handleEvent({ name, time_ms, data }: PluginEvent): void {
    this.instance.call("handle-event", (it) => it.handleEvent({ name, timeMs: BigInt(Math.round(time_ms)), data }));
  }

  shutdown(): void {
    this.instance.call("shutdown", (it) => it.shutdown());
  }
}

/** The interface `lifecycle` in JavaScript. */
interface Lifecycle {
  init(config: readonly Setting[]): void;
  handleEvent(event: { name: string; timeMs: bigint; data: string }): void;
  shutdown(): void;
}
