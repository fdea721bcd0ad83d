// SPDX-License-Identifier: Apache-2.0
import { messageOf } from "../pipeline/problem.ts";
import type { Box, Format, StreamListener } from "../runtime/box.ts";
import { PacketSender } from "../streams/packet-sender.ts";
import { type StreamView, type ViewOptions, viewStream } from "../streams/stream-view.ts";

/** The device clock and the calendar, read at the same moment: packets carry the first, people want the second. */
export type Clock = () => { monotonic_ns: number; utc: string };

/** The part of Bun's ServerWebSocket that is needed. */
export interface Socket {
  sendText(text: string): number;
  sendBinary(bytes: Uint8Array): number;
  getBufferedAmount(): number;
  close(code?: number, reason?: string): void;
  terminate(): void;
}

/** One WebSocket that listens to one stream. */
export class StreamClient implements StreamListener {
  readonly #sender: PacketSender;
  #view: StreamView | undefined;
  #stop: (() => void) | undefined;
  #left = false;

  constructor(
    private readonly socket: Socket,
    private readonly stream: string,
    private readonly options: ViewOptions,
    private readonly clock: Clock,
  ) {
    this.#sender = new PacketSender({
      send: (bytes) => void socket.sendBinary(bytes),
      waiting: () => socket.getBufferedAmount(),
      terminate: () => socket.terminate(),
    });
  }

  async listen(box: Box): Promise<void> {
    try {
      const stop = await box.listen(this.stream, this);
      if (this.#left) stop();
      else this.#stop = stop;
    } catch (error) {
      this.#close(1008, error);
    }
  }

  leave(): void {
    this.#left = true;
    this.#stop?.();
    this.#stop = undefined;
  }

  onFormat(format: Format): void {
    if (this.#left) return;
    try {
      this.#view = viewStream(format, this.options);
      const { stream, clock } = this;
      this.socket.sendText(JSON.stringify({ type: "format", stream, format: this.#view.format, clock: clock() }));
    } catch (error) {
      this.#view = undefined;
      this.#close(1008, error);
    }
  }

  onPacket(packet: Uint8Array): void {
    if (this.#left) return;
    const seen = this.#view?.see(packet);
    if (seen) this.#sender.send(seen);
  }

  onEnd(): void {
    if (!this.#left) this.socket.close(1000, "the stream has ended");
  }

  /** A close frame has room for 123 bytes of reason. */
  #close(code: number, error: unknown): void {
    const reason = messageOf(error);
    this.socket.close(
      code,
      Buffer.from(reason)
        .subarray(0, 120)
        .toString()
        .replace(/\uFFFD+$/, ""),
    );
  }
}
