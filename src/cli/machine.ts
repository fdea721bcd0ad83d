// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { arch, cpus, loadavg, release, totalmem } from "node:os";

export interface Machine {
  /** `Raspberry Pi 5 Model B Rev 1.0`, or the name of its processor. */
  model: string;
  arch: string;
  kernel: string;
  cores: number;
  memory_bytes: number;
  /** Processes that wanted a core when asked: above 0.5 or so, figures are of a busy machine. */
  load_1min: number;
}

export function thisMachine(): Machine {
  const cores = cpus();
  return {
    model: readText("/proc/device-tree/model") ?? cores[0]?.model ?? "unknown",
    arch: arch(),
    kernel: release(),
    cores: cores.length,
    memory_bytes: totalmem(),
    load_1min: loadavg()[0] ?? 0,
  };
}

/** A file of the kernel's, without what closes it; undefined where this kernel has none. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").replace(/[\0\s]+$/, "") || undefined;
  } catch {
    return undefined;
  }
}
