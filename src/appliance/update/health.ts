// SPDX-License-Identifier: Apache-2.0
//
// Whether a new version does its work: the service says so itself (it is ready while packets move), again and again.
// Where nothing moved before, for want of a board or its signal, no more can be asked of it than that it answers.
import type { Host, ServiceHealth } from "../host.ts";

/** A start takes long on a cold card, and longer where data has to be brought to a new form. */
const START_S = 180;
const LOOK_AGAIN_MS = 1000;
/** One answer may be late on a busy box. */
const FAULTS_MOST = 3;

export interface HealthCheck {
  /** How well it must do. */
  standard: Exclude<ServiceHealth, "none">;
  /** How long it must hold. */
  seconds: number;
  /** False while the one before still runs, and answers. */
  hasStarted: () => boolean;
  /** False once something else has taken the place of what is looked at. */
  isThere: () => boolean;
  /** How far, of 1. */
  onProgress: (part: number) => void;
}

/** Why it is not healthy; undefined once it has been for long enough. */
export async function watchHealth(
  host: Host,
  { standard, seconds, hasStarted, isThere, onProgress }: HealthCheck,
): Promise<string | undefined> {
  const began = host.now();
  let since: number | undefined;
  let faults = 0;
  for (;;) {
    const health = hasStarted() ? await host.health() : "none";
    const isReady = health === "ready" || health === standard;
    if (!isThere()) return "it ended before it had proved itself";
    const now = host.now();
    if (isReady) {
      faults = 0;
      since ??= now;
      onProgress(Math.min(1, (now - since) / 1000 / seconds));
      if (now - since >= seconds * 1000) return undefined;
    } else if (since !== undefined && ++faults >= FAULTS_MOST) {
      return `after ${Math.round((now - since) / 1000)} s it was not ready any more`;
    } else if (since === undefined && now - began > START_S * 1000) {
      return `it was not ready within ${START_S} s`;
    }
    await host.sleep(LOOK_AGAIN_MS);
  }
}
