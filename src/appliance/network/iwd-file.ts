// SPDX-License-Identifier: Apache-2.0
//
// A network as iwd keeps it, iwd.network(5): a file in /var/lib/iwd, named by the network.
import { formatKeyfile } from "./keyfile.ts";
import type { Wifi } from "./wifi.ts";

/** A name that is more than letters, digits, space, _ and - stands there in hexadecimal, so that it can be no path. */
export function iwdFileName({ ssid, passphrase, psk }: Wifi): string {
  const name = /^[a-z0-9 _-]+$/i.test(ssid) ? ssid : `=${Buffer.from(ssid).toString("hex")}`;
  return `${name}.${passphrase === undefined && psk === undefined ? "open" : "psk"}`;
}

export function iwdFile({ passphrase, psk, hidden }: Wifi): string {
  const isOpen = passphrase === undefined && psk === undefined;
  return formatKeyfile({
    ...(!isOpen && { Security: { Passphrase: passphrase, PreSharedKey: psk } }),
    Settings: { AutoConnect: true, ...(hidden && { Hidden: true }) },
  });
}
