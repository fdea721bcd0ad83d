// SPDX-License-Identifier: Apache-2.0
import { statfsSync } from "node:fs";
import { arch, cpus, freemem, hostname, loadavg, platform, totalmem, uptime } from "node:os";
import { Elysia } from "elysia";
import type { DataFolder } from "../store/folder.ts";
import { operation } from "./operation.ts";
import { SystemSchema } from "./schemas.ts";

/** What does not change while the process lives. */
export interface SystemFacts {
  version: string;
  simd: string;
  folder: DataFolder;
  /** Things an operator should know. */
  notes: () => readonly string[];
}

export const systemController = ({ system }: { system: SystemFacts }) => {
  const [cpu] = cpus();
  const cores = cpus().length;
  return new Elysia({ prefix: "/api/system" }).get(
    "",
    () => {
      const disk = statfsSync(system.folder.path);
      return {
        version: system.version,
        host: hostname(),
        arch: arch(),
        platform: platform(),
        simd: system.simd,
        cpu: { model: cpu?.model ?? "unknown", cores, load_1min: loadavg()[0] ?? 0 },
        memory: { total_bytes: totalmem(), available_bytes: freemem(), process_bytes: process.memoryUsage.rss() },
        uptime_s: uptime(),
        process_uptime_s: process.uptime(),
        data: {
          path: system.folder.path,
          total_bytes: disk.blocks * disk.bsize,
          available_bytes: disk.bavail * disk.bsize,
        },
        time: new Date().toISOString(),
        notes: [...system.notes()],
      };
    },
    {
      detail: operation({
        tags: ["System"],
        summary: "What this box is and how it does",
        answers: { 200: { description: "Version, machine, memory, disk.", schema: SystemSchema } },
      }),
    },
  );
};
