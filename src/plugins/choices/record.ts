// SPDX-License-Identifier: Apache-2.0
//
// What the box itself remembers of a plugin, so that one that takes the service down is not started again and again: an
// entry of plugin-state.json, which an older version or a broken card may have written.
import type { PluginChoice } from "../plugin.ts";

/** What is known of one plugin. */
export interface PluginRecord extends PluginHistory {
  choice: PluginChoice;
}

export interface PluginHistory {
  /** When it fell over lately, ISO 8601, newest last. */
  crashes: string[];
  /** Not started until the operator says so, or there is another build. */
  quarantine?: Quarantine;
}

export interface Quarantine {
  time: string;
  reason: string;
  /** Of the library that fell over. */
  sha256?: string;
  /** What it wrote last. */
  log?: string[];
}

/** The quarantine, if it is that build's. */
export function quarantineOf({ quarantine }: PluginHistory, sha256: string): Quarantine | undefined {
  return quarantine && (quarantine.sha256 ?? sha256) === sha256 ? quarantine : undefined;
}

/** How many crashes are remembered. */
export const MOST_CRASHES = 16;
const MOST = { reason_chars: 4096, log_lines: 32, line_chars: 1024 };

/** The parts of it that can be used. */
export function readHistory(value: unknown): PluginHistory {
  const { crashes, quarantine } = isMap(value) ? value : {};
  const kept = readQuarantine(quarantine);
  return {
    crashes: Array.isArray(crashes) && crashes.every(isTime) ? crashes.slice(-MOST_CRASHES) : [],
    ...(kept && { quarantine: kept }),
  };
}

function readQuarantine(value: unknown): Quarantine | undefined {
  const { time, reason, sha256, log } = isMap(value) ? value : {};
  if (!isTime(time) || typeof reason !== "string") return undefined;
  const isLog = Array.isArray(log) && log.every((line) => typeof line === "string");
  return {
    time,
    reason: reason.slice(0, MOST.reason_chars),
    ...(typeof sha256 === "string" && /^[0-9a-f]{64}$/.test(sha256) && { sha256 }),
    ...(isLog && { log: log.slice(-MOST.log_lines).map((line: string) => line.slice(0, MOST.line_chars)) }),
  };
}

function isTime(value: unknown): value is string {
  return typeof value === "string" && value.length <= 32 && !Number.isNaN(Date.parse(value));
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
