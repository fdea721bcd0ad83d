// SPDX-License-Identifier: Apache-2.0
//
// What the owner said about updates: [update] in stagebox.toml.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { writeAtomic } from "../../store/atomic-file.ts";
import type { Places } from "../places.ts";

export interface UpdateSettings {
  /** An address that says which version is the latest. */
  channel?: string;
  /** How long a new version must do its work before it is kept. */
  health_seconds?: number;
}

export const DEFAULT_HEALTH_SECONDS = 60;

const path = ({ system }: Places) => join(system, "update-settings.json");

/** Nothing where nothing, or nothing readable, was said. */
export function readUpdateSettings(places: Places): UpdateSettings {
  try {
    const { channel, health_seconds } = JSON.parse(readFileSync(path(places), "utf8"));
    const isTime = Number.isInteger(health_seconds) && health_seconds >= 1 && health_seconds <= 3600;
    return { ...(typeof channel === "string" && { channel }), ...(isTime && { health_seconds }) };
  } catch {
    return {};
  }
}

export function writeUpdateSettings(places: Places, settings: UpdateSettings): Promise<void> {
  return writeAtomic(path(places), `${JSON.stringify(settings)}\n`);
}
