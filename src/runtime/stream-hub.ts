// SPDX-License-Identifier: Apache-2.0
//
// Streams: whoever wants packets of a source or stage gets them through one tap on it, made when the first listener
// comes and gone some seconds after the last has left.
import type { ComponentSpec, Port } from "../pipeline/catalog.ts";
import type { Format, StreamListener } from "./box.ts";

export const streamSpec: ComponentSpec & { accepts: readonly Port[] } = {
  type: "stream",
  name: "Stream",
  category: "sink",
  description: "Names a stream for WebSocket clients: GET /api/streams/ID.",
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
export class StreamHub {
  #listeners = new Set<StreamListener>();
  #format: Format | undefined;

  get clients(): number {
    return this.#listeners.size;
  }

  add(listener: StreamListener): () => void {
    this.#listeners.add(listener);
    if (this.#format) this.#tell(listener, () => listener.onFormat(this.#format as Format));
    return () => this.#listeners.delete(listener);
  }

  /** The tap's format, now or anew. */
  setFormat(format: Format): void {
    this.#format = format;
    for (const listener of this.#listeners) this.#tell(listener, () => listener.onFormat(format));
  }

  send(packet: Uint8Array): void {
    for (const listener of this.#listeners) this.#tell(listener, () => listener.onPacket(packet));
  }

  end(): void {
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
