// SPDX-License-Identifier: Apache-2.0
//
// Which of two programs looks after Wi-Fi here, and where it has its files.
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Places } from "../places.ts";
import { iwdFile, iwdFileName } from "./iwd-file.ts";
import { networkManagerFile, networkManagerFileName } from "./network-manager-file.ts";
import type { Wifi } from "./wifi.ts";

export interface WifiManager {
  name: "iwd" | "NetworkManager";
  /** Where it looks for networks; gone after a reboot. */
  folder: string;
  /** What of it stays; put back at boot. */
  kept: string;
  fileName(wifi: Wifi): string;
  file(wifi: Wifi): string;
}

/** Debian's image has iwd, Raspberry Pi OS NetworkManager. */
export function wifiManager({ root, system }: Pick<Places, "root" | "system">): WifiManager {
  if (existsSync(join(root, "usr/sbin/NetworkManager")))
    return {
      name: "NetworkManager",
      folder: join(root, "etc/NetworkManager/system-connections"),
      kept: join(system, "NetworkManager"),
      fileName: networkManagerFileName,
      file: networkManagerFile,
    };
  return {
    name: "iwd",
    folder: join(root, "var/lib/iwd"),
    kept: join(system, "iwd"),
    fileName: iwdFileName,
    file: iwdFile,
  };
}
