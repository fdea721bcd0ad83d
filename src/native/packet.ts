// SPDX-License-Identifier: Apache-2.0
import { sb_event, sb_packet } from "./abi.generated.ts";

const at = sb_packet.offsets;
const PORTS = ["none", "signal", "spectrum", "features"] as const;

/** Flags of a block; see native/include/stagebox/block.h. */
export const FLAG = { gap: 1, late: 2, clipped: 4, dry: 8, artefact: 16 } as const;

export interface PacketEvent {
  frame: number;
  duration_s: number;
  label: string;
}

const decoder = new TextDecoder();

/** Reads a packet in place; the layout is native/include/stagebox/packet.h. */
export class Packet {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get port(): (typeof PORTS)[number] {
    return PORTS[this.#view.getUint32(at.port, true)] ?? "none";
  }
  get flags(): number {
    return this.#view.getUint32(at.flags, true);
  }
  /** Counts the packets of this connection, those that were lost included. */
  get sequence(): number {
    return Number(this.#view.getBigUint64(at.sequence, true));
  }
  get first_frame(): number {
    return Number(this.#view.getBigUint64(at.first_frame, true));
  }
  /** Device time of the first frame. */
  get time_ns(): number {
    return Number(this.#view.getBigInt64(at.time_ns, true));
  }
  get ready_ns(): number {
    return Number(this.#view.getBigInt64(at.ready_ns, true));
  }
  get rate_hz(): number {
    return this.#view.getFloat64(at.rate_hz, true);
  }
  get frames(): number {
    return this.#view.getUint32(at.frames, true);
  }
  get channels(): number {
    return this.#view.getUint32(at.channels, true);
  }
  get values(): number {
    return this.#view.getUint32(at.values, true);
  }
  get lost_before(): number {
    return this.#view.getUint32(at.lost_before, true);
  }
  /** Number of the source block it descends from. */
  get block_sequence(): number {
    return Number(this.#view.getBigUint64(at.block_sequence, true));
  }
  get event_count(): number {
    return this.#view.getUint32(at.event_count, true);
  }

  /** Device time of a frame. */
  frameTimeNs(frame: number): number {
    const times = this.#view.getUint32(at.times_offset, true);
    if (times) return Number(this.#view.getBigInt64(times + 8 * frame, true));
    return this.time_ns + (frame * 1e9) / this.rate_hz;
  }

  /** [frames x values x channels], channel fastest, seen in place. Rows have no padding. */
  get data(): Float32Array {
    const start = this.#bytes.byteOffset + this.#view.getUint32(at.data_offset, true);
    return new Float32Array(this.#bytes.buffer, start, this.frames * this.channels * this.values);
  }

  events(): PacketEvent[] {
    const start = this.#view.getUint32(at.events_offset, true);
    return Array.from({ length: this.event_count }, (_, i) => {
      const event = start + i * sb_event.bytes;
      const label = this.#bytes.subarray(event + sb_event.offsets.label, event + sb_event.bytes);
      const end = label.indexOf(0);
      return {
        frame: this.#view.getInt32(event + sb_event.offsets.frame, true),
        duration_s: this.#view.getFloat32(event + sb_event.offsets.duration_s, true),
        label: decoder.decode(label.subarray(0, end < 0 ? undefined : end)),
      };
    });
  }
}
