// SPDX-License-Identifier: Apache-2.0
//
// /data/app/settings.json: what the parts of an appliance are told by whoever set it up.
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { writeAtomic } from "../store/atomic-file.ts";
import type { Places } from "./places.ts";
import { readJson } from "./read.ts";

export interface ApplianceSettings {
  /** The profile of the board that sits on the header: an update switches it on in the slot that it writes. */
  board?: string;
  update: {
    /** Where releases are offered: an address that begins with https://. Undefined: nowhere. */
    channel?: string;
    /** How long a new version must run well before it stays. */
    health_seconds: number;
  };
}

export const HEALTH_SECONDS = { least: 10, most: 3600 } as const;

const DEFAULTS: ApplianceSettings = { update: { health_seconds: 60 } };

export function isChannel(address: string): boolean {
  return address.length <= 1024 && /^https:\/\/[^\s\p{Cc}@]+$/u.test(address) && URL.canParse(address);
}

export function isBoardName(name: string): boolean {
  return /^[a-z0-9][a-z0-9_-]{0,47}$/.test(name);
}

/** What is missing, or is not what it should be, has its default. */
export function readSettings({ settings }: Pick<Places, "settings">): ApplianceSettings {
  const { board, update } = (readJson(settings) ?? {}) as Record<string, unknown>;
  const { channel, health_seconds } = (update ?? {}) as Record<string, unknown>;
  const { least, most } = HEALTH_SECONDS;
  return {
    ...(typeof board === "string" && isBoardName(board) && { board }),
    update: {
      ...(typeof channel === "string" && isChannel(channel) && { channel }),
      health_seconds:
        typeof health_seconds === "number" && health_seconds >= least && health_seconds <= most
          ? health_seconds
          : DEFAULTS.update.health_seconds,
    },
  };
}

/** What is not named stays as it was. */
export async function changeSettings(
  places: Pick<Places, "settings">,
  change: { board?: string; update?: Partial<ApplianceSettings["update"]> },
): Promise<void> {
  const before = readSettings(places);
  const { board } = { ...before, ...change };
  const { channel, health_seconds } = { ...before.update, ...change.update };
  const update = { ...(channel !== undefined && { channel }), health_seconds };
  await mkdir(dirname(places.settings), { recursive: true, mode: 0o755 });
  await writeAtomic(
    places.settings,
    `${JSON.stringify({ ...(board !== undefined && { board }), update }, null, 2)}\n`,
    0o644,
  );
}
