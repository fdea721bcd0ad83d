// SPDX-License-Identifier: Apache-2.0
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { writeAtomic } from "../../store/atomic-file.ts";
import type { Places } from "../places.ts";
import { ACCESS_POINT_ADDRESS, type AccessPoint } from "./access-point-settings.ts";
import { networkManagerAccessPoint } from "./network-manager-file.ts";
import { type Radio, type SeenNetwork, strongestFirst } from "./radio.ts";
import type { System } from "./system.ts";

const CONNECTION = "stagebox-access-point";

export class NetworkManagerRadio implements Radio {
  constructor(
    private readonly places: Places,
    private readonly system: System,
  ) {}

  async device(): Promise<string | undefined> {
    const lines = await this.#nmcli("-f", "DEVICE,TYPE", "device");
    return lines.find(([, type]) => type === "wifi")?.[0];
  }

  async scan(): Promise<SeenNetwork[]> {
    await this.#nmcli("radio", "wifi", "on"); // Raspberry Pi OS keeps it off until somebody says otherwise
    const lines = await this.#nmcli("-f", "SSID,SIGNAL,SECURITY", "device", "wifi", "list", "--rescan", "yes");
    return strongestFirst(
      lines.map(([ssid = "", signal, security]) => ({
        ...{ ssid, signal_percent: Number(signal) || 0, locked: security !== "" && security !== "--" },
      })),
    );
  }

  async knowsNetworks(): Promise<boolean> {
    const lines = await this.#nmcli("-f", "NAME,TYPE", "connection");
    return lines.some(([name, type]) => type === "802-11-wireless" && name !== CONNECTION);
  }

  async open({ ssid, password }: AccessPoint): Promise<void> {
    // In memory: a network of the box's own is no network it knows
    const folder = join(this.places.root, "run/NetworkManager/system-connections");
    const file = join(folder, `${CONNECTION}.nmconnection`);
    const wifi = { ssid, passphrase: password, hidden: false };
    await mkdir(folder, { recursive: true });
    await writeAtomic(file, networkManagerAccessPoint(wifi, CONNECTION, `${ACCESS_POINT_ADDRESS}/24`), 0o600);
    await this.#nmcli("connection", "load", file);
    await this.#nmcli("connection", "up", "id", CONNECTION);
  }

  async close(): Promise<void> {
    await this.#nmcli("connection", "down", "id", CONNECTION).catch(() => {}); // it may never have started
  }

  /** Lines of fields, which are separated by colons; a colon of a name has a backslash before it. */
  async #nmcli(...words: string[]): Promise<string[][]> {
    const text = await this.system.run("nmcli", "--terse", "--escape", "yes", ...words);
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) =>
        [...line.matchAll(/((?:\\.|[^\\:])*)(?::|$)/g)].map(([, field = ""]) => field.replace(/\\(.)/g, "$1")),
      );
  }
}
