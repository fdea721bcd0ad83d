// SPDX-License-Identifier: Apache-2.0
//
// What the machine does for this folder; a test brings a machine of its own.
import { networkInterfaces } from "node:os";
import { setTimeout } from "node:timers/promises";

export interface System {
  /** Runs a program to its end and returns what it printed. Throws with its complaint where it fails. */
  run(program: string, ...words: string[]): Promise<string>;
  /** Resolves early when `signal` is aborted. */
  pause(ms: number, signal?: AbortSignal): Promise<void>;
  /** Addresses others may reach this box at, by network card; without those of IPv6 that need the card's name beside. */
  addresses(): Record<string, string[]>;
}

/** Nothing that is run here takes longer, unless it hangs. */
const PROGRAM_MS = 30_000;

export const machine: System = {
  async run(program, ...words) {
    const child = Bun.spawn([program, ...words], {
      ...{ stdin: "ignore", stdout: "pipe", stderr: "pipe", timeout: PROGRAM_MS },
      env: { ...process.env, LC_ALL: "C.UTF-8" },
    });
    const [out, complaint, code] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    if (code !== 0) throw new Error(`${program} ${words[0] ?? ""}: ${complaint.trim() || `exit code ${code}`}`);
    return out;
  },

  pause: (ms, signal) => setTimeout(ms, undefined, { signal }).catch(() => {}),

  addresses: () =>
    Object.fromEntries(
      Object.entries(networkInterfaces()).map(([card, addresses = []]) => [
        card,
        addresses.filter((it) => !it.internal && !it.scopeid).map((it) => it.address),
      ]),
    ),
};
