// SPDX-License-Identifier: Apache-2.0
//
// Averages every N frames of a signal into one, for plots that have fewer pixels than the signal has samples. Output
// frame k is the mean of input frames kN to kN + N - 1, whatever the packets' lengths and whenever a client came in.
// Like every window's, its time is that of its last sample; the mean lags half a window behind that.
import type { Format } from "../runtime/box.ts";
import { FLAG_GAP, type Packet, type PacketEvent } from "./packet.ts";

export function decimatedFormat(format: Format, factor: number): Format {
  return {
    ...format,
    rate_hz: format.rate_hz / factor,
    max_frames: Math.ceil(format.max_frames / factor),
    latency_s: format.latency_s + (factor - 1) / 2 / format.rate_hz,
  };
}

export class Decimator {
  readonly #factor: bigint;
  #sums = new Float64Array(0);
  /** Frames in the sums, all of one window. */
  #count = 0;
  /** Input frames since the last output that are in no window. */
  #lost = 0;
  #flags = 0;
  #sequence = 0n;
  /** Their frames count from frame 0 of the input. */
  #events: (Omit<PacketEvent, "frame"> & { frame: bigint })[] = [];
  #next: bigint | undefined;

  constructor(factor: number) {
    this.#factor = BigInt(factor);
  }

  /** The windows that this packet completes; undefined if it completes none. */
  push(packet: Packet): Packet | undefined {
    const { frames, channels, first_frame } = packet;
    const factor = Number(this.#factor);
    if (this.#sums.length !== channels) this.#restart(channels);
    if (this.#next !== undefined && (first_frame !== this.#next || packet.lost_before > 0)) this.#breakOff(packet);
    this.#next = first_frame + BigInt(frames);
    this.#flags |= packet.flags;
    for (const event of packet.events) this.#events.push({ ...event, frame: first_frame + BigInt(event.frame) });

    const rows = new Float32Array((Math.floor((this.#count + frames) / factor) + 1) * channels);
    let windows = 0;
    let lastFrame = 0;
    let phase = Number(first_frame % this.#factor);
    for (let frame = 0; frame < frames; frame++, phase = (phase + 1) % factor) {
      if (this.#count !== phase) {
        this.#lost += this.#sequence > 0n ? 1 : 0; // the rest of a window that a gap, or our coming late, has cut
        continue;
      }
      for (let channel = 0; channel < channels; channel++)
        this.#sums[channel] = (this.#sums[channel] ?? 0) + (packet.rows[frame * channels + channel] ?? 0);
      if (++this.#count < factor) continue;
      for (let channel = 0; channel < channels; channel++)
        rows[windows * channels + channel] = (this.#sums[channel] ?? 0) / factor;
      this.#sums.fill(0);
      this.#count = 0;
      lastFrame = frame;
      windows++;
    }
    return windows > 0 ? this.#emit(packet, rows.slice(0, windows * channels), windows, lastFrame) : undefined;
  }

  #emit(packet: Packet, rows: Float32Array, frames: number, lastFrame: number): Packet {
    const factor = Number(this.#factor);
    const end = (packet.first_frame + BigInt(lastFrame) + 1n) / this.#factor;
    const first_frame = end - BigInt(frames);
    const firstWindowEnd = lastFrame - (frames - 1) * factor;
    const isDone = (event: { frame: bigint }) => event.frame < end * this.#factor;
    const events = this.#events.filter(isDone).map((event) => ({
      ...event,
      frame: Number(event.frame / this.#factor - first_frame),
    }));
    this.#events = this.#events.filter((event) => !isDone(event));
    const lost_before = Math.ceil(this.#lost / factor);
    const flags = lost_before > 0 ? this.#flags | FLAG_GAP : this.#flags & ~FLAG_GAP;
    this.#flags = 0;
    this.#lost = 0;
    return {
      ...packet,
      flags,
      sequence: this.#sequence++,
      first_frame,
      time_ns: packet.time_ns + BigInt(Math.round((firstWindowEnd / packet.rate_hz) * 1e9)),
      rate_hz: packet.rate_hz / factor,
      frames,
      lost_before,
      events,
      rows,
    };
  }

  #restart(channels: number): void {
    this.#sums = new Float64Array(channels);
    this.#count = 0;
    this.#next = undefined;
  }

  /** A window with a hole in it is no mean of N frames: it is left out. */
  #breakOff(packet: Packet): void {
    this.#lost += this.#count + packet.lost_before;
    this.#count = 0;
    this.#sums.fill(0);
  }
}
