// SPDX-License-Identifier: Apache-2.0
//
// What a process holds, as the kernel counts it.
import { readdirSync, readFileSync } from "node:fs";

export interface Belongings {
  descriptors: number;
  /** Names of its threads, without those of the JavaScript runtime, which come and go. */
  threads: string[];
  /** Those of timer_create. */
  timers: number;
  /** Libraries that were loaded out of memory, by the number of their mappings. */
  libraries: number;
  /** Names of its child processes. */
  children: string[];
  zombies: number;
}

const RUNTIME_THREAD = /^(Bun Pool|mi-scavenger|JITWorker|JSCWarmUp|HeapHelper|.*ollector Thread)/;

export function belongingsOf(pid: number): Belongings {
  const children = processes().filter(({ parent }) => parent === pid);
  return {
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    threads: threadsOf(pid).sort(),
    timers: lines(`/proc/${pid}/timers`).filter((line) => line.startsWith("ID:")).length,
    libraries: lines(`/proc/${pid}/maps`).filter((line) => /r-xp .*\/memfd:/.test(line)).length,
    children: children.map(({ name }) => name).sort(),
    zombies: children.filter(({ state }) => state === "Z").length,
  };
}

/** Resident bytes: `rss` as ps tells them, `pss` with what is shared divided among those who share it, `own` with
 * nothing of it. */
export function memoryOf(pid: number): { rss: number; pss: number; own: number } {
  const kilobytes = new Map(
    lines(`/proc/${pid}/smaps_rollup`).map((line): [string, number] => {
      const [key = "", value = ""] = line.split(/:\s+/);
      return [key, Number.parseInt(value, 10)];
    }),
  );
  const bytes = (...keys: string[]) => keys.reduce((sum, key) => sum + (kilobytes.get(key) ?? Number.NaN), 0) * 1024;
  return { rss: bytes("Rss"), pss: bytes("Pss"), own: bytes("Private_Clean", "Private_Dirty") };
}

/** Processes that a process started, by id. */
export function childrenOf(pid: number): number[] {
  return processes().flatMap(({ id, parent }) => (parent === pid ? [id] : []));
}

export const nameOf = (pid: number): string => readIfThere(`/proc/${pid}/comm`).trim();

function threadsOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) => {
    const [name = ""] = readIfThere(`/proc/${pid}/task/${thread}/comm`).split("\n");
    return name === "" || RUNTIME_THREAD.test(name) ? [] : [name];
  });
}

function processes() {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => {
      const stat = readIfThere(`/proc/${entry}/stat`);
      const [, name = "", state = "", parent] = /^\d+ \((.*)\) (\S) (\d+)/s.exec(stat) ?? [];
      return parent === undefined ? [] : [{ id: Number(entry), name, state, parent: Number(parent) }];
    });
}

function lines(path: string): string[] {
  return readFileSync(path, "utf8").split("\n");
}

/** Empty for a process or a thread that ended meanwhile. */
function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
