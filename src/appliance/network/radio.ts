// SPDX-License-Identifier: Apache-2.0
import type { Places } from "../places.ts";
import type { AccessPoint } from "./access-point-settings.ts";
import { IwdRadio } from "./iwd-radio.ts";
import { wifiManager } from "./manager.ts";
import { NetworkManagerRadio } from "./network-manager-radio.ts";
import type { System } from "./system.ts";

export interface SeenNetwork {
  ssid: string;
  /** 0 to 100. */
  signal_percent: number;
  /** Asks for a password. */
  locked: boolean;
}

/** The one Wi-Fi device of a box, through whoever looks after it. */
export interface Radio {
  /** Such as wlan0; undefined: there is none. */
  device(): Promise<string | undefined>;
  /** What is in reach, the strongest first, each name once. */
  scan(): Promise<SeenNetwork[]>;
  /** There is a network to look for, whoever made it known. */
  knowsNetworks(): Promise<boolean>;
  /** Ends all connections and opens a network of the box's own. Throws where the radio cannot. */
  open(accessPoint: AccessPoint): Promise<void>;
  /** Goes back to looking for known networks. Does not throw. */
  close(): Promise<void>;
}

export function radioOf(places: Places, system: System): Radio {
  return wifiManager(places).name === "iwd" ? new IwdRadio(places, system) : new NetworkManagerRadio(places, system);
}

/** How many have joined the box's own network. */
export async function guestsOf(system: System, device: string): Promise<number> {
  const stations = await system.run("iw", "dev", device, "station", "dump").catch(() => "");
  return stations.match(/^Station /gm)?.length ?? 0;
}

/** Whether the device has joined somebody's network. */
export async function isLinked(system: System, device: string): Promise<boolean> {
  return /^Connected to /m.test(await system.run("iw", "dev", device, "link").catch(() => ""));
}

/** The strongest of each name, without those that hide theirs. */
export function strongestFirst(networks: readonly SeenNetwork[]): SeenNetwork[] {
  const best = new Map<string, SeenNetwork>();
  for (const network of [...networks].sort((a, b) => b.signal_percent - a.signal_percent))
    if (network.ssid !== "" && !best.has(network.ssid)) best.set(network.ssid, network);
  return [...best.values()];
}
