// SPDX-License-Identifier: Apache-2.0
//
// Averages every N frames of a signal into one, for plots that have fewer pixels than the signal has samples. Output
// frame k is the mean of input frames kN to kN + N - 1, whatever the packets' lengths and whenever a client came in.
// Like every window's, its time is that of its last sample; the mean lags half a window behind that.
import { FLAG, type PacketEvent } from "../native/packet.ts";
import type { Format } from "../runtime/box.ts";
import type { PacketParts } from "./packet.ts";

export function decimatedFormat(format: Format, factor: number): Format {
  return {
    ...format,
    rate_hz: format.rate_hz / factor,
    max_frames: Math.ceil(format.max_frames / factor),
    latency_s: format.latency_s + (factor - 1) / 2 / format.rate_hz,
  };
}

/** Events that may wait for their window to be complete. */
const MOST_EVENTS = 256;

export class Decimator {
  readonly #sums: Float64Array;
  /** Frames in the sums, all of one window. */
  #count = 0;
  /** Input frames since the last output that are in no window. */
  #lost = 0;
  #flags = 0;
  #sequence = 0;
  /** Not yet sent; their frames count from frame 0 of the input. */
  #events: PacketEvent[] = [];
  /** First frame of the next packet if nothing is lost. */
  #next: number | undefined;

  constructor(
    private readonly factor: number,
    private readonly channels: number,
  ) {
    this.#sums = new Float64Array(channels);
  }

  /** The windows that this packet completes; undefined if it completes none. */
  push(packet: PacketParts): PacketParts | undefined {
    const isFirst = this.#next === undefined;
    if (!isFirst && (packet.first_frame !== this.#next || packet.lost_before > 0)) this.#breakOff(packet.lost_before);
    this.#next = packet.first_frame + packet.frames;
    this.#flags |= packet.flags;
    for (const event of packet.events.slice(0, MOST_EVENTS - this.#events.length))
      this.#events.push({ ...event, frame: packet.first_frame + event.frame });

    const rows: number[] = [];
    let lastEnd = 0;
    for (let frame = 0; frame < packet.frames; frame++) {
      const phase = (packet.first_frame + frame) % this.factor;
      if (phase !== this.#count) {
        if (this.#sequence > 0) this.#lost++; // the rest of a window that a gap has cut
        continue;
      }
      this.#add(packet.rows, frame);
      if (this.#count < this.factor) continue;
      rows.push(...this.#mean());
      lastEnd = frame;
    }
    return rows.length > 0 ? this.#emit(packet, Float32Array.from(rows), lastEnd) : undefined;
  }

  #add(rows: Float32Array, frame: number): void {
    for (let channel = 0; channel < this.channels; channel++)
      this.#sums[channel] = (this.#sums[channel] ?? 0) + (rows[frame * this.channels + channel] ?? 0);
    this.#count++;
  }

  #mean(): Float64Array {
    const mean = this.#sums.map((sum) => sum / this.factor);
    this.#clear();
    return mean;
  }

  #clear(): void {
    this.#sums.fill(0);
    this.#count = 0;
  }

  /** A window with a hole in it is no mean of N frames: it is left out. */
  #breakOff(lost_before: number): void {
    this.#lost += this.#count + lost_before;
    this.#clear();
  }

  /** `lastEnd`: frame of the input packet that completed the last window. */
  #emit(packet: PacketParts, rows: Float32Array, lastEnd: number): PacketParts {
    const frames = rows.length / this.channels;
    const firstEnd = lastEnd - (frames - 1) * this.factor;
    const end = (packet.first_frame + lastEnd + 1) / this.factor;
    const first_frame = end - frames;
    const lost_before = Math.ceil(this.#lost / this.factor);
    const flags = lost_before > 0 ? this.#flags | FLAG.gap : this.#flags & ~FLAG.gap;
    this.#flags = 0;
    this.#lost = 0;
    return {
      ...packet,
      ...{ flags, first_frame, lost_before, frames, rows },
      sequence: this.#sequence++,
      time_ns: packet.time_ns + (firstEnd / packet.rate_hz) * 1e9,
      rate_hz: packet.rate_hz / this.factor,
      events: this.#takeEvents(end).map((event) => ({ ...event, frame: event.frame - first_frame })),
    };
  }

  /** Events in windows before `end`, their frames counted in windows. */
  #takeEvents(end: number): PacketEvent[] {
    const inWindows = this.#events.map((event) => ({ ...event, frame: Math.floor(event.frame / this.factor) }));
    this.#events = this.#events.filter((_, index) => (inWindows[index]?.frame ?? 0) >= end);
    return inWindows.filter((event) => event.frame < end);
  }
}
