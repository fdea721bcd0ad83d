// SPDX-License-Identifier: Apache-2.0
//
// A WebSocket client that keeps what a stream sends, and says where it is not whole.
import { Packet, type PacketEvent } from "../../src/native/packet.ts";
import type { Format } from "../../src/runtime/box.ts";
import { type Service, until } from "./service.ts";

export interface Received {
  /** Index in `formats` of the format it came in. */
  format: number;
  sequence: number;
  first_frame: number;
  frames: number;
  lost_before: number;
  /** FLAG of src/native/packet.ts. */
  flags: number;
  time_ns: number;
  events: PacketEvent[];
  /** [frames x values x channels] */
  data: Float32Array;
}

export class Listener {
  readonly formats: Format[] = [];
  readonly packets: Received[] = [];
  /** Code and reason once it is closed. */
  closed: { code: number; reason: string } | undefined;
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => {
      if (typeof data === "string") this.formats.push(JSON.parse(data).format);
      else this.packets.push(received(new Packet(new Uint8Array(data)), this.formats.length - 1));
    };
    socket.onclose = ({ code, reason }) => {
      this.closed = { code, reason };
    };
  }

  /** Resolves when the stream has told its format. */
  static async open({ port, token }: Pick<Service, "port" | "token">, stream: string, query = ""): Promise<Listener> {
    const listener = new Listener(
      new WebSocket(`ws://127.0.0.1:${port}/api/streams/${encodeURIComponent(stream)}?token=${token}${query}`),
    );
    await until(`the stream ${stream} to open`, () => listener.formats.length > 0 || listener.closed !== undefined);
    if (listener.closed) throw new Error(`${stream}: closed with ${listener.closed.code} ${listener.closed.reason}`);
    return listener;
  }

  get frames(): number {
    return this.packets.reduce((sum, { frames }) => sum + frames, 0);
  }

  /** Index of the frame after the last one. */
  get end_frame(): number {
    const last = this.packets.at(-1);
    return last ? last.first_frame + last.frames : 0;
  }

  get events(): (PacketEvent & { at_frame: number })[] {
    return this.packets.flatMap(({ first_frame, events }) =>
      events.map((event) => ({ ...event, at_frame: first_frame + event.frame })),
    );
  }

  /** All rows, one after the other. */
  rows(): Float32Array {
    const rows = new Float32Array(this.packets.reduce((sum, { data }) => sum + data.length, 0));
    let at = 0;
    for (const { data } of this.packets) {
      rows.set(data, at);
      at += data.length;
    }
    return rows;
  }

  /** What is missing, doubled or out of order; empty if the stream is whole. A new format begins a new count. */
  breaks(): string[] {
    return this.packets.flatMap(({ format, sequence, first_frame, lost_before }, index) => {
      const before = this.packets[index - 1];
      if (!before || before.format !== format) return [];
      const end = before.first_frame + before.frames;
      return [
        ...(sequence === before.sequence + 1 ? [] : [`packet ${before.sequence} is followed by ${sequence}`]),
        ...(first_frame === end ? [] : [`frame ${first_frame} follows ${end - 1}`]),
        ...(lost_before === 0 ? [] : [`${lost_before} frames lost before frame ${first_frame}`]),
      ];
    });
  }

  close(): void {
    this.#socket.close();
  }
}

function received(packet: Packet, format: number): Received {
  const { sequence, first_frame, frames, lost_before, flags, time_ns } = packet;
  return {
    format,
    sequence,
    first_frame,
    frames,
    lost_before,
    flags,
    time_ns,
    events: packet.events(),
    data: packet.data,
  };
}
