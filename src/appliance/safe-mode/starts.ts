// SPDX-License-Identifier: Apache-2.0
//
// The starts that came to a bad end, and what each was doing then: breadcrumbs, dropped before whatever may take the
// service down. A start that lives a minute, or ends because it was told to, is forgotten, and its breadcrumbs with it.
import { uptime } from "node:os";
import { readText } from "../read.ts";

/** Within so long, so many starts that did not live are a loop. */
const LOOP_S = 300;
export const LOOP_STARTS = 3;
export const MOST_STARTS = 8;

/** `opening`: a plugin's library, in this process. `in-process`: it is open. `starting`, `running`: a pipeline. */
export const DOINGS = ["opening", "in-process", "starting", "running"] as const;

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

/** Of those that did not live, the ones that make a loop with what starts now. Before a reboot it may have been the plug
 * that was pulled, at any moment but hardly time and again at the very one in which something began. */
export function loopOf(starts: readonly Start[], now: Start): Start[] {
  const counts = ({ boot, uptime_s, doing }: Start) =>
    boot === now.boot
      ? now.uptime_s - uptime_s <= LOOP_S
      : doing.some(({ kind }) => kind === "opening" || kind === "starting");
  const loop = starts.filter(counts);
  return loop.length >= LOOP_STARTS ? loop.slice(-LOOP_STARTS) : [];
}
