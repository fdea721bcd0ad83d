// SPDX-License-Identifier: Apache-2.0

const EVENT_BYTES = 64;
const LABEL_OFFSET = 8;
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
    return PORTS[this.#view.getUint32(8, true)] ?? "none";
  }
  get flags(): number {
    return this.#view.getUint32(12, true);
  }
  /** Counts the packets of this connection, those that were lost included. */
  get sequence(): number {
    return Number(this.#view.getBigUint64(16, true));
  }
  get first_frame(): number {
    return Number(this.#view.getBigUint64(24, true));
  }
  /** Device time of the first frame. */
  get time_ns(): number {
    return Number(this.#view.getBigInt64(32, true));
  }
  get ready_ns(): number {
    return Number(this.#view.getBigInt64(40, true));
  }
  get rate_hz(): number {
    return this.#view.getFloat64(48, true);
  }
  get frames(): number {
    return this.#view.getUint32(56, true);
  }
  get channels(): number {
    return this.#view.getUint32(60, true);
  }
  get values(): number {
    return this.#view.getUint32(64, true);
  }
  get lost_before(): number {
    return this.#view.getUint32(72, true);
  }
  /** Number of the source block it descends from. */
  get block_sequence(): number {
    return Number(this.#view.getBigUint64(96, true));
  }
  get event_count(): number {
    return this.#view.getUint32(76, true);
  }

  /** Device time of a frame. */
  frameTimeNs(frame: number): number {
    const times = this.#view.getUint32(84, true);
    if (times) return Number(this.#view.getBigInt64(times + 8 * frame, true));
    return this.time_ns + (frame * 1e9) / this.rate_hz;
  }

  /** [frames x values x channels], channel fastest, seen in place. Rows have no padding. */
  get data(): Float32Array {
    const at = this.#bytes.byteOffset + this.#view.getUint32(88, true);
    return new Float32Array(this.#bytes.buffer, at, this.frames * this.channels * this.values);
  }

  events(): PacketEvent[] {
    const start = this.#view.getUint32(80, true);
    return Array.from({ length: this.event_count }, (_, i) => {
      const at = start + i * EVENT_BYTES;
      const label = this.#bytes.subarray(at + LABEL_OFFSET, at + EVENT_BYTES);
      const end = label.indexOf(0);
      return {
        frame: this.#view.getInt32(at, true),
        duration_s: this.#view.getFloat32(at + 4, true),
        label: decoder.decode(label.subarray(0, end < 0 ? undefined : end)),
      };
    });
  }
}
