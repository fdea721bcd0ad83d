// SPDX-License-Identifier: Apache-2.0
//
// Whether the box does its work: has a packet moved of late, and if not, is there a good reason? Counters are looked at,
// not events, so that an event loop that was held up takes nothing for standing still that went on meanwhile.
import type { Pulse } from "./box.ts";

/** What has not moved for so long stands still. */
export const STILL_S = 5;
/** A slow recording hands a packet out now and then: two of them may be so late. */
const PACKETS_MISSED = 2;

/**
 * `idle`: nothing shall run, or the recording that was played is over. `starting`: too early to say. `waiting`: the source
 * has nothing, a board without its cable. `stuck`: nobody knows why nothing moves. `fault`: the source has failed, and
 * was said to have.
 */
export type Flow = "idle" | "starting" | "moving" | "waiting" | "stuck" | "fault";

/** Whoever wants to know late as well as early looks at least once a second. */
export class Progress {
  #run = -1;
  #packets = 0;
  #waits = 0;
  #movedAt_s = 0;
  #waitedAt_s = 0;
  #hasMoved = false;

  constructor(private readonly box: { pulse(): Pulse }) {}

  look(): Flow {
    const pulse = this.box.pulse();
    this.#count(pulse);
    if (pulse.state === "fault") return "fault";
    if (pulse.state !== "running") return "idle";
    const patience_s = Math.max(STILL_S, PACKETS_MISSED * pulse.packet_s);
    const isLately = (at_s: number) => pulse.uptime_s - at_s <= patience_s;
    if (isLately(this.#movedAt_s)) return this.#hasMoved ? "moving" : "starting";
    return isLately(this.#waitedAt_s) ? "waiting" : "stuck";
  }

  /** Times count from the start of the pipeline. */
  #count({ run, packets, waits, uptime_s }: Pulse): void {
    if (run !== this.#run) {
      this.#run = run;
      this.#hasMoved = false;
      this.#movedAt_s = this.#waitedAt_s = 0;
      this.#packets = this.#waits = 0;
    }
    /* An edit may put new groups in the place of old ones, whose count begins anew. */
    if (packets !== this.#packets) {
      this.#hasMoved = true;
      this.#movedAt_s = uptime_s;
    }
    if (waits !== this.#waits) this.#waitedAt_s = uptime_s;
    this.#packets = packets;
    this.#waits = waits;
  }
}
