// SPDX-License-Identifier: Apache-2.0
import { existsSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import type { Places } from "../places.ts";
import { readNames, readText } from "../read.ts";

/** A network card, on the board or plugged in. */
export interface Card {
  name: string;
  kind: "ethernet" | "wifi";
  mac: string;
  /** A cable is in, or a network was joined. */
  is_up: boolean;
  /** With the length of the network's part: 192.0.2.7/24. */
  addresses: string[];
  /** Wi-Fi only, once joined: -50 is good, -80 is bad. */
  signal_dbm?: number;
}

export function networkCards({ root }: Pick<Places, "root">, interfaces = networkInterfaces()): Card[] {
  const folder = join(root, "sys/class/net");
  const signals = signalsIn(readText(join(root, "proc/net/wireless")));
  return readNames(folder)
    .filter((name) => existsSync(join(folder, name, "device"))) // what is no hardware has none
    .map((name) => {
      const is_up = readText(join(folder, name, "operstate")) === "up";
      const signal_dbm = signals.get(name);
      return {
        name,
        kind: existsSync(join(folder, name, "phy80211")) ? "wifi" : "ethernet",
        mac: readText(join(folder, name, "address")),
        is_up,
        addresses: (interfaces[name] ?? []).map(({ cidr, address }) => cidr ?? address),
        ...(is_up && signal_dbm !== undefined && { signal_dbm }),
      };
    });
}

/** Two lines of titles; then ` wlan0: 0000   70.  -40.  -256 ...`: status, quality, signal, noise. */
function signalsIn(table: string): Map<string, number> {
  const lines = table.matchAll(/^\s*(\S+):\s+\S+\s+\S+\s+(-\d+)\.?\s/gm);
  return new Map([...lines].map(([, name = "", signal]) => [name, Number(signal)]));
}
