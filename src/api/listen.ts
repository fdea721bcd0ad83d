// SPDX-License-Identifier: Apache-2.0
import type { AnyElysia } from "elysia";

export interface Listening {
  url: string;
  port: number;
  /** Ends all connections. */
  close(): Promise<void>;
}

export class PortTakenError extends Error {
  constructor(port: number) {
    super(`port ${port} is taken, perhaps by another Stagebox: stop it or choose another with --port`);
    this.name = "PortTakenError";
  }
}

/** Throws PortTakenError where `listen` would. */
export function checkPort(port: number, host: string): void {
  inWords(port, () => Bun.listen({ port, hostname: host, socket: { data() {} } }).stop(true));
}

/** Serves the API. Port 0 takes any that is free. Throws PortTakenError. */
export function listen(app: AnyElysia, port: number, host: string): Listening {
  inWords(port, () =>
    app.listen({
      port,
      hostname: host,
      development: false,
      reusePort: false, // a second box on the same port is a mistake
      idleTimeout: 30, // seconds; longer than the heartbeat of server-sent events
      maxRequestBodySize: Number.MAX_SAFE_INTEGER, // the guards refuse long before, and in words
      websocket: { maxPayloadLength: 4096, idleTimeout: 60, perMessageDeflate: false },
    }),
  );
  const server = app.server;
  if (!server) throw new Error("the server did not start");
  return { url: server.url.origin, port: server.port ?? port, close: () => server.stop(true) };
}

function inWords(port: number, take: () => void): void {
  try {
    take();
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === "EADDRINUSE" ? new PortTakenError(port) : error;
  }
}
