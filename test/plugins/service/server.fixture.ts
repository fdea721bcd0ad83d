// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FoundPlugin } from "../../../src/plugins/plugin.ts";
import { python } from "../../system/service.ts";

/** Whether servers in Python can run here. */
export const hasGrpc: boolean = python("grpc", "google.protobuf", "numpy") && Bun.which("protoc") !== null;

export interface Server {
  address: string;
  process: Bun.Subprocess;
}

/** Waits for its first line, in which `address` finds where it listens. */
export async function startServer(command: string[], address: (line: string) => string): Promise<Server> {
  const child = Bun.spawn(command, { stdout: "pipe", stderr: "inherit" });
  const { value } = await child.stdout.getReader().read();
  return { address: address(new TextDecoder().decode(value).trim()), process: child };
}

/** The server.py of a plugin's folder, at a socket in another. */
export function startPython(plugin: string, folder: string): Promise<Server> {
  const socket = `unix:${folder}/stage.sock`;
  return startServer(["/usr/bin/python3", "-B", join(plugin, "server.py"), socket], () => socket);
}

/** What `use` says of a plugin while its server runs, if it has one. */
export async function served<T>(found: FoundPlugin, use: (found: FoundPlugin) => Promise<T>): Promise<T> {
  const { manifest } = found;
  if (manifest.runtime.address === undefined) return use(found);
  const folder = mkdtempSync(join(tmpdir(), "stagebox-server-"));
  const server = await startPython(found.folder, folder);
  try {
    const config = manifest.config.map((it) => (it.id === "address" ? { ...it, default: server.address } : it));
    return await use({ ...found, manifest: { ...manifest, config } });
  } finally {
    server.process.kill();
    rmSync(folder, { recursive: true });
  }
}
