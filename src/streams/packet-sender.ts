// SPDX-License-Identifier: Apache-2.0
//
// Sends packets to one client, which may be slower than the stream: what it has no room for is dropped, for it alone, and
// the next packet it gets says how much is missing.
import { framesOf, withGap } from "./packet.ts";

/** What a client may lag behind: more would only make the box's memory and the client's picture old. */
export const WAITING_BYTES = 512 * 1024;
/** A client that has not taken a byte for so long is gone. */
export const STALLED_MS = 15_000;

export interface PacketSocket {
  /** Copies the bytes. */
  send(bytes: Uint8Array): void;
  /** Bytes that have been sent and not yet taken. */
  waiting(): number;
  /** At once, without a farewell that would not get through. */
  terminate(): void;
}

export class PacketSender {
  #lostFrames = 0;
  #stalledSince: number | undefined;
  /** Packets this client did not get. */
  dropped = 0;

  constructor(
    private readonly socket: PacketSocket,
    private readonly now: () => number = performance.now.bind(performance),
  ) {}

  send(packet: Uint8Array): void {
    if (this.socket.waiting() > WAITING_BYTES) {
      this.#drop(packet);
      return;
    }
    this.#stalledSince = undefined;
    this.socket.send(this.#lostFrames > 0 ? withGap(packet, this.#lostFrames) : packet);
    this.#lostFrames = 0;
  }

  #drop(packet: Uint8Array): void {
    this.dropped++;
    this.#lostFrames += framesOf(packet);
    this.#stalledSince ??= this.now();
    if (this.now() - this.#stalledSince > STALLED_MS) this.socket.terminate();
  }
}
