// SPDX-License-Identifier: Apache-2.0
//
// The starts that came to a bad end, and what each was doing then: breadcrumbs, dropped before whatever may take the
// service down. A start that ends because it was told to is forgotten, and its breadcrumbs with it.
import { uptime } from "node:os";
import { readText } from "../read.ts";

/** So many crashes within so long are a loop. */
export const LOOP_S = 600;
export const LOOP_STARTS = 3;
export const MOST_STARTS = 8;

/** `opening`: a plugin's library, in this process. `in-process`: it is open. `main`: a plugin's main part, in a process of
 * its own. `starting`, `running`: a pipeline. */
export const DOINGS = ["opening", "in-process", "main", "starting", "running"] as const;

export interface Doing {
  kind: (typeof DOINGS)[number];
  /** Of the plugin or pipeline. */
  name: string;
  /** Of the plugin's library. */
  sha256?: string;
}

export interface Start {
  time: string;
  /** Which boot of the machine, and how long it had been up: its clock may have been set since. */
  boot: string;
  uptime_s: number;
  doing: Doing[];
}

export function startNow(): Start {
  return {
    time: new Date().toISOString(),
    boot: readText("/proc/sys/kernel/random/boot_id"),
    uptime_s: uptime(),
    doing: [],
  };
}

/** Of those that came to a bad end, the last ones, if they make a loop: a crash is seen when the next one starts. Before a
 * reboot it may have been the plug that was pulled, which is no crash: at any moment, but not three times in a row at the
 * very one, of milliseconds, in which the same thing began. */
export function loopOf(starts: readonly Start[], now: Start): Start[] {
  const loop = starts.slice(-LOOP_STARTS);
  if (loop.length < LOOP_STARTS) return [];
  const isLately = (next: Start) => next.boot !== now.boot || now.uptime_s - next.uptime_s <= LOOP_S;
  const counts = ({ boot }: Start) => boot === now.boot || beginnings(loop).length > 0;
  return loop.every(counts) && loop.slice(1).every(isLately) ? loop : [];
}

/** What every one of them was just beginning. */
function beginnings(loop: readonly Start[]): Doing[] {
  return (["opening", "starting"] as const).flatMap((kind) => common(loop, kind));
}

/** What every one of them was doing. */
export function common(loop: readonly Start[], kind: Doing["kind"]): Doing[] {
  const last = loop.at(-1)?.doing.filter((it) => it.kind === kind) ?? [];
  return last.filter(({ name, sha256 }) =>
    loop.every(({ doing }) => doing.some((it) => it.kind === kind && it.name === name && it.sha256 === sha256)),
  );
}
