// SPDX-License-Identifier: Apache-2.0
import type { SinkSpec } from "../pipeline/catalog.ts";
import type { Format, StreamListener } from "./box.ts";
import type { Sink } from "./sink.ts";

export const streamSpec: SinkSpec = {
  type: "stream",
  name: "Stream",
  category: "sink",
  description: "Gives a stream for WebSocket clients a name of its own: /api/streams/ID.",
  input: "signal",
  output: "none",
  accepts: ["signal", "spectrum", "features"],
  params: [
    {
      id: "decimate",
      kind: "integer",
      default: 1,
      minimum: 1,
      maximum: 1024,
      live: false,
      required: false,
      unit: "",
      description: "Frames averaged into one, unless the client asks for another number.",
    },
  ],
};

/** The listeners of one stream. One that throws is dropped, the others hear on. */
export class StreamHub implements Sink {
  #listeners = new Set<StreamListener>();

  constructor(private format: Format) {}

  get clients(): number {
    return this.#listeners.size;
  }

  /** Call the result to stop listening. */
  add(listener: StreamListener): () => void {
    this.#listeners.add(listener);
    this.#tell(listener, () => listener.onFormat(this.format));
    return () => this.#listeners.delete(listener);
  }

  onFormat(format: Format): void {
    this.format = format;
    for (const listener of this.#listeners) this.#tell(listener, () => listener.onFormat(format));
  }

  onPacket(packet: Uint8Array): void {
    for (const listener of this.#listeners) this.#tell(listener, () => listener.onPacket(packet));
  }

  tick(): void {}

  detail() {
    return { clients: this.clients };
  }

  close(): void {
    for (const listener of this.#listeners) this.#tell(listener, () => listener.onEnd());
    this.#listeners.clear();
  }

  #tell(listener: StreamListener, call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#listeners.delete(listener);
      console.error("a stream's listener failed and was dropped:", error);
    }
  }
}
