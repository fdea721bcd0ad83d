// SPDX-License-Identifier: Apache-2.0
//
// Wi-Fi. The password is gone from the file once it was taken over, and the file may change afterwards: so the box
// remembers it, for the same network.
import { join } from "node:path";
import { ProblemsError } from "../../../pipeline/problem.ts";
import { quote } from "../../../pipeline/words.ts";
import { writeAccessPointSettings } from "../../network/access-point-settings.ts";
import { writeWifi } from "../../network/write-wifi.ts";
import type { Places } from "../../places.ts";
import { writePrivate } from "../../private-file.ts";
import { readJson } from "../../read.ts";
import type { Box } from "../box.ts";
import type { AccessPointSettings, WifiSettings } from "../wishes.ts";

/** A password that was forgotten does not make the network open: somebody else's of that name would do, then. */
export async function setWifi(given: WifiSettings, { places }: Box): Promise<string> {
  const password = given.password ?? rememberedPassword(given.ssid, places);
  if (password === undefined)
    throw new ProblemsError([
      { message: `password of ${quote(given.ssid)} is missing; write it, or password = "" if the network has none` },
    ]);
  await writeWifi(places, { ...given, ...(password && { password }) });
  await remember({ ssid: given.ssid, password }, places);
  return `the Wi-Fi is ${quote(given.ssid)}${password ? "" : ", which is open"}`;
}

export async function setAccessPoint(given: AccessPointSettings, { places }: Box): Promise<string> {
  await writeAccessPointSettings(places, given);
  if (given.enabled === false) return "the box makes no network of its own";
  return `the network that the box makes where it finds none${given.ssid ? ` is called ${quote(given.ssid)}` : " is set"}`;
}

interface Remembered {
  ssid: string;
  /** "": it has none. */
  password: string;
}

function rememberedPassword(ssid: string, { setup }: Places): string | undefined {
  const remembered = (readJson(join(setup, "wifi.json")) ?? {}) as Partial<Remembered>;
  return remembered.ssid === ssid ? remembered.password : undefined;
}

async function remember(wifi: Remembered, { setup }: Places): Promise<void> {
  await writePrivate(join(setup, "wifi.json"), `${JSON.stringify(wifi)}\n`);
}
