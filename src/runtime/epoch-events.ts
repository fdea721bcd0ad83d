// SPDX-License-Identifier: Apache-2.0
//
// Epochs that stages cut out of the signal, as events: each block of an epoch stage is one. Whoever hears of it hears so
// when it is whole, both of where it began and of where it was over.
import { Packet } from "../native/packet.ts";
import type { Box } from "./box.ts";
import type { EventBus } from "./events.ts";

const STAGE_TYPE = "epoch";

export class EpochEvents {
  /** Stages that are listened to, and how to stop. */
  #heard = new Map<string, Promise<() => void>>();

  constructor(
    private readonly box: Pick<Box, "pipeline" | "listen">,
    private readonly events: EventBus,
  ) {
    events.subscribe(({ type }) => {
      if (type === "PipelineStarted" || type === "StageOp") this.#follow();
    });
  }

  /** Hears those that are there now, and no others. */
  #follow(): void {
    const stages = this.box.pipeline()?.stages.filter(({ type, bypass }) => type === STAGE_TYPE && !bypass) ?? [];
    const ids = new Set(stages.map(({ id }) => id));
    for (const [id, leaving] of this.#heard) {
      if (ids.has(id)) continue;
      this.#heard.delete(id);
      leaving.then(
        (leave) => leave(),
        () => {},
      );
    }
    for (const id of ids) if (!this.#heard.has(id)) this.#listen(id);
  }

  #listen(stage: string): void {
    const listening = this.box.listen(stage, {
      onFormat() {},
      onPacket: (bytes) => this.#tell(stage, new Packet(bytes)),
      onEnd: () => this.#heard.delete(stage),
    });
    this.#heard.set(stage, listening);
    listening.catch(() => this.#heard.delete(stage)); // gone before its turn came
  }

  #tell(stage: string, packet: Packet): void {
    const { time_ns, frames, rate_hz } = packet;
    const { label = "" } = packet.events()[0] ?? {};
    const duration_s = frames / rate_hz;
    this.events.publish("EpochStart", { stage, label, time_ns, duration_s });
    this.events.publish("EpochEnd", { stage, label, time_ns: Math.round(time_ns + duration_s * 1e9), duration_s });
  }
}
