// SPDX-License-Identifier: Apache-2.0
//
// /data/system/settings.json: what whoever set the box up said of it, for those who have to know it again later.
import { readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { writeAtomic } from "../store/atomic-file.ts";
import type { Places } from "./places.ts";

export interface ApplianceSettings {
  /** The profile of the board that sits on the header: an update switches it on in the slot that it writes. */
  board?: string;
}

/** What is missing, or is not what it should be, counts as not said. */
export function readSettings({ settings }: Pick<Places, "settings">): ApplianceSettings {
  try {
    const { board } = JSON.parse(readFileSync(settings, "utf8"));
    return typeof board === "string" && /^[a-z0-9][a-z0-9_-]{0,47}$/.test(board) ? { board } : {};
  } catch {
    return {};
  }
}

/** What is not named stays as it was. */
export async function changeSettings(places: Pick<Places, "settings">, change: ApplianceSettings): Promise<void> {
  const settings = { ...readSettings(places), ...change };
  await mkdir(dirname(places.settings), { recursive: true, mode: 0o700 });
  await writeAtomic(places.settings, `${JSON.stringify(settings)}\n`, 0o600);
}
