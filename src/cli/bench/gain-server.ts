// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import type { FoundPlugin, PluginChoice } from "../../plugins/plugin.ts";

export interface GainServer {
  /** Its plugin may connect to it. */
  choice: PluginChoice;
  stop(): void;
}

/** Starts the server.py of a new plugin of kind service, at a socket in the plugin's folder. Throws Error with what it said,
 * where it does not listen. */
export async function startGainServer({ folder, manifest }: FoundPlugin): Promise<GainServer> {
  const address = `unix:${join(folder, "stage.sock")}`;
  const server = Bun.spawn(["/usr/bin/python3", "-B", join(folder, "server.py"), address], {
    ...{ stdin: "ignore", stdout: "pipe", stderr: "pipe" },
  });
  const { done } = await server.stdout.getReader().read(); // it says that it listens
  if (!done) return { choice: { granted: manifest.permissions, config: { address } }, stop: () => server.kill() };
  const said = (await new Response(server.stderr).text()).trim().split("\n").at(-1);
  throw new Error(`its server.py does not run: ${said}`);
}
