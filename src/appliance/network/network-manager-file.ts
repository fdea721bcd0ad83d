// SPDX-License-Identifier: Apache-2.0
//
// A network as NetworkManager keeps it, nm-settings-keyfile(5): a file in /etc/NetworkManager/system-connections.
import { createHash } from "node:crypto";
import { formatKeyfile, type Keyfile } from "./keyfile.ts";
import type { Wifi } from "./wifi.ts";

/** Whatever the network is called; the same network has the same file. */
export function networkManagerFileName({ ssid }: Wifi): string {
  return `${idOf(ssid)}.nmconnection`;
}

export function networkManagerFile(wifi: Wifi): string {
  return formatKeyfile({
    connection: { id: idOf(wifi.ssid), type: "wifi", autoconnect: true },
    wifi: { mode: "infrastructure", ssid: asBytes(wifi.ssid), ...(wifi.hidden && { hidden: true }) },
    ...security(wifi),
    ipv4: { method: "auto" },
    ipv6: { method: "auto" },
  });
}

/** The box's own network; NetworkManager gives addresses out in it, and names by dnsmasq. */
export function networkManagerAccessPoint(wifi: Wifi, id: string, address: string): string {
  return formatKeyfile({
    connection: { id, type: "wifi", autoconnect: false },
    wifi: { mode: "ap", band: "bg", channel: 6, ssid: asBytes(wifi.ssid) },
    ...security(wifi),
    ipv4: { method: "shared", address1: address },
    ipv6: { method: "link-local" },
  });
}

function security({ passphrase, psk }: Wifi): Keyfile {
  const key = passphrase ?? psk;
  return key === undefined ? {} : { "wifi-security": { "key-mgmt": "wpa-psk", psk: key } };
}

function idOf(ssid: string): string {
  return `stagebox-${createHash("sha256").update(ssid).digest("hex").slice(0, 12)}`;
}

/** As numbers, since a name such as `1;2;3` would be taken for numbers anyway. */
function asBytes(ssid: string): string {
  return [...Buffer.from(ssid)].map((byte) => `${byte};`).join("");
}
