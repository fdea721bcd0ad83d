// SPDX-License-Identifier: Apache-2.0
import { FLAG, type Packet } from "../native/packet.ts";

/** A long run is told piece by piece, so that a recording that breaks off lacks little. */
const LONGEST_S = 10;

/** Where an output was not a plugin's own but what its late policy put there: told to a recording run by run. */
export class LateRuns {
  #from = 0;
  #until = 0;

  /** `annotate` is called when a run is over. `first`: frame of the recording on which the packet begins. */
  add(packet: Packet, first: number, annotate: (onset_s: number, duration_s: number) => void): void {
    const isLate = (packet.flags & FLAG.late) !== 0;
    const isLong = this.#until - this.#from > LONGEST_S * packet.rate_hz;
    if (!isLate || isLong || first !== this.#until) this.end(packet.rate_hz, annotate);
    if (!isLate) return;
    if (this.#until === this.#from) this.#from = first;
    this.#until = first + packet.frames;
  }

  end(rate_hz: number, annotate: (onset_s: number, duration_s: number) => void): void {
    if (this.#until > this.#from) annotate(this.#from / rate_hz, (this.#until - this.#from) / rate_hz);
    this.#from = this.#until = 0;
  }
}
