// SPDX-License-Identifier: Apache-2.0
//
// What root asks of the system it runs on. Tests have one that only pretends.
import { readFileSync } from "node:fs";
import { DEFAULT_PORT } from "../config.ts";
import { ProblemsError } from "../pipeline/problem.ts";
import type { Places } from "./places.ts";
import { readJson } from "./read.ts";

/** `ready`: packets move, or nothing shall run. `alive`: it answers. */
export type ServiceHealth = "ready" | "alive" | "none";

export interface Host {
  /** Begins; does not wait until it answers. */
  restartService(): Promise<void>;
  /** Starts what sees an update through: `resumeUpdate` of update/update.ts. */
  seeUpdateThrough(): Promise<void>;
  /** `once`: into the slot that is not the boot loader's own choice, and only this time. */
  reboot(once?: boolean): Promise<void>;
  powerOff(): Promise<void>;
  /** How the service does. */
  health(): Promise<ServiceHealth>;
  /** What is read of a device next comes from the card, not from memory. */
  forgetCached(device: string): Promise<void>;
  /** Another one after each boot. */
  bootId(): string;
  now(): number;
  sleep(ms: number): Promise<void>;
}

const ANSWER_MS = 5000;

export function systemHost(places: Places, run = places.root === "/" ? runProgram : refuse): Host {
  return {
    restartService: () => run("systemctl", "restart", "--no-block", "stagebox.service"),
    seeUpdateThrough: () => run("systemctl", "restart", "--no-block", "stagebox-update.service"),
    // What the Raspberry Pi's kernel hands on to its boot loader; others take it for a plain reboot.
    reboot: (once) => run("systemctl", "reboot", ...(once ? ["--reboot-argument=0 tryboot"] : [])),
    powerOff: () => run("systemctl", "poweroff"),
    health: () => healthAt(`http://127.0.0.1:${portOf(places)}/api/health/ready`),
    forgetCached: (device) => run("blockdev", "--flushbufs", device),
    bootId: () => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim(),
    now: () => performance.now(),
    sleep: Bun.sleep,
  };
}

async function healthAt(address: string): Promise<ServiceHealth> {
  try {
    const response = await fetch(address, { redirect: "error", signal: AbortSignal.timeout(ANSWER_MS) });
    const { safe_mode } = (await response.json()) as { safe_mode?: boolean };
    return response.ok && safe_mode !== true ? "ready" : "alive";
  } catch {
    return "none";
  }
}

/** Where the service answers, by its own word. */
function portOf({ status }: Places): number {
  const { port } = (readJson(status) ?? {}) as { port?: unknown };
  return typeof port === "number" && Number.isInteger(port) && port > 0 && port < 65536 ? port : DEFAULT_PORT;
}

/** A system below another root folder is not the one that runs. */
async function refuse(...[program]: [string, ...string[]]): Promise<void> {
  throw new ProblemsError([{ message: `${program} is not run for a system that is not this machine's own` }]);
}

async function runProgram(...command: [string, ...string[]]): Promise<void> {
  const child = Bun.spawn(command, { stdin: "ignore", stdout: "ignore", stderr: "pipe" });
  const [words, code] = [await new Response(child.stderr).text(), await child.exited];
  if (code !== 0) throw new ProblemsError([{ message: `${command.join(" ")} failed: ${words.trim() || code}` }]);
}
