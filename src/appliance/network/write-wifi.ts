// SPDX-License-Identifier: Apache-2.0
//
// Makes a network known: where Wi-Fi's manager looks for it, and where it outlasts a reboot. Root's, and only root's.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Places } from "../places.ts";
import { writePrivate } from "../private-file.ts";
import { readJson } from "../read.ts";
import { wifiManager } from "./manager.ts";
import { checkWifi, type Wifi } from "./wifi.ts";

/** `{ssid, password, country, hidden}`. Throws ProblemsError with all that is wrong, and nothing is written then. */
export async function writeWifi(places: Places, given: unknown): Promise<Wifi> {
  const wifi = checkWifi(given);
  const manager = wifiManager(places);
  const name = manager.fileName(wifi);
  const { ssid, country } = wifi;
  for (const folder of [manager.kept, manager.folder]) {
    await writePrivate(join(folder, name), manager.file(wifi));
    // The same network, which asked for a password before and does not now, or the reverse
    for (const other of [manager.fileName({ ssid, hidden: false }), manager.fileName({ ssid, psk: "", hidden: false })])
      if (other !== name) await rm(join(folder, other), { force: true });
  }
  if (country) await writePrivate(countryFile(places), `COUNTRY=${country}\n`);
  await writePrivate(wantedFile(places), `${JSON.stringify({ ssid })}\n`);
  return wifi;
}

/** An environment file of stagebox-wifi-country.service. */
function countryFile({ system }: Places): string {
  return join(system, "wifi-country");
}

function wantedFile({ system }: Places): string {
  return join(system, "wifi.json");
}

/** The network that was set up last; undefined: none ever was. */
export function wantedSsid(places: Places): string | undefined {
  const { ssid } = (readJson(wantedFile(places)) ?? {}) as { ssid?: unknown };
  return typeof ssid === "string" ? ssid : undefined;
}
