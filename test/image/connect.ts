// SPDX-License-Identifier: Apache-2.0
//
// A connection to a socket that qemu opens some moments after it was started.
import type { Socket } from "bun";

const PATIENCE_MS = 20_000;

export interface Connection {
  socket: Socket;
  /** Resolves when the other side has gone and all that it sent was received. */
  closed: Promise<void>;
}

export async function connect(path: string, receive: (text: string) => void): Promise<Connection> {
  const { promise: closed, resolve: close } = Promise.withResolvers<void>();
  const decoder = new TextDecoder();
  for (const deadline = Date.now() + PATIENCE_MS; ; await Bun.sleep(50)) {
    try {
      const socket = await Bun.connect({
        unix: path,
        socket: {
          data: (_, bytes) => receive(decoder.decode(bytes, { stream: true })),
          close: () => close(),
          error: () => close(),
        },
      });
      return { socket, closed };
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}
