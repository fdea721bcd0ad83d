// SPDX-License-Identifier: Apache-2.0
//
// What two versions of a stage make of the same blocks: how far apart, how fast, how often one of them fails.
import { FLAG, Packet } from "../../native/packet.ts";
import type { Tap } from "../../native/tap.ts";
import type { Beside } from "../../runtime/graph.ts";
import type { ShadowView } from "../plugin.ts";

/** Outputs that wait for the other version's answer to the same block. */
const MOST_WAITING = 512;
const MOST_RESTARTS = 5;

export class Comparison {
  /** By the number of the block; undefined: there was no answer, and something stands in for it. */
  #waiting = {
    stage: new Map<number, Float32Array | undefined>(),
    beside: new Map<number, Float32Array | undefined>(),
  };
  #blocks = 0;
  #values = 0;
  #squares = 0;
  #squaredDifferences = 0;
  #largest = 0;
  #crashes = 0;

  constructor(
    readonly id: string,
    readonly beside: Beside,
    private readonly current: () => Beside["node"] | undefined,
  ) {}

  look(): void {
    this.#take(this.beside.taps.stage, "stage", "beside");
    this.#take(this.beside.taps.beside, "beside", "stage");
    const health = this.beside.node.watch();
    if (health.state !== "gone" || this.#crashes >= MOST_RESTARTS) return;
    if (++this.#crashes < MOST_RESTARTS) this.beside.node.restart();
  }

  view(version: string): ShadowView {
    const rms = Math.sqrt(this.#squares / Math.max(1, this.#values)) || 1;
    const stats = this.beside.node.stats();
    return {
      version,
      stage: this.id,
      blocks: this.#blocks,
      max_difference: this.#largest / rms,
      rms_difference: Math.sqrt(this.#squaredDifferences / Math.max(1, this.#values)) / rms,
      p99_us: { old: (this.current()?.stats().p99_ns ?? 0) / 1e3, new: stats.p99_ns / 1e3 },
      faults: this.#crashes + stats.bad_blocks + stats.late + stats.faults,
    };
  }

  /** Both answer the same blocks, in any order: what comes first waits. */
  #take(tap: Tap, from: "stage" | "beside", other: "stage" | "beside"): void {
    tap.drain((bytes) => {
      const packet = new Packet(bytes);
      const block = packet.block_sequence;
      const own = packet.flags & FLAG.late ? undefined : packet.data;
      if (this.#waiting[other].has(block)) {
        const answer = this.#waiting[other].get(block);
        this.#waiting[other].delete(block);
        if (own && answer && from === "stage") this.#compare(own, answer);
        else if (own && answer) this.#compare(answer, own);
      } else this.#keep(this.#waiting[from], block, own?.slice());
      return undefined;
    });
  }

  #keep(waiting: Map<number, Float32Array | undefined>, block: number, data: Float32Array | undefined): void {
    waiting.set(block, data);
    for (const oldest of waiting.keys()) if (waiting.size > MOST_WAITING) waiting.delete(oldest);
  }

  #compare(before: Float32Array, after: Float32Array): void {
    this.#blocks++;
    /* Another number of values is as different as can be. */
    const count = Math.max(before.length, after.length);
    for (let i = 0; i < count; i++) {
      const value = before[i] ?? 0;
      const difference = Math.abs((after[i] ?? 0) - value);
      if (!Number.isFinite(difference)) continue;
      this.#squares += value * value;
      this.#squaredDifferences += difference * difference;
      if (difference > this.#largest) this.#largest = difference;
    }
    this.#values += count;
  }
}
