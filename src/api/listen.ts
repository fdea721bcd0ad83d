// SPDX-License-Identifier: Apache-2.0
import type { AnyElysia } from "elysia";
import { ProblemsError } from "../pipeline/problem.ts";

export interface Listening {
  url: string;
  port: number;
  /** Ends all connections. */
  close(): Promise<void>;
}

/** Serves the API. Port 0 takes any that is free. Throws in words if the port cannot be had. */
export function listen(app: AnyElysia, port: number, host: string): Listening {
  try {
    app.listen({
      port,
      hostname: host,
      development: false,
      reusePort: false, // a second box on the same port is a mistake
      idleTimeout: 30, // seconds; longer than the heartbeat of server-sent events
      maxRequestBodySize: Number.MAX_SAFE_INTEGER, // the guards refuse long before, and in words
      websocket: { maxPayloadLength: 4096, idleTimeout: 60, perMessageDeflate: false },
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    const message = `port ${port} is taken, perhaps by another Stagebox: stop it or choose another with --port`;
    throw new ProblemsError([{ message }]);
  }
  const server = app.server;
  if (!server) throw new Error("the server did not start");
  return { url: server.url.origin, port: server.port ?? port, close: () => server.stop(true) };
}
