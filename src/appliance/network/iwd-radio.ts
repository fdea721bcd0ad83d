// SPDX-License-Identifier: Apache-2.0
//
// iwd by D-Bus. Through busctl, which prints JSON: what iwctl prints is for people.
import { join } from "node:path";
import type { Places } from "../places.ts";
import { writePrivate } from "../private-file.ts";
import type { AccessPoint } from "./access-point-settings.ts";
import { formatKeyfile } from "./keyfile.ts";
import { type Radio, type SeenNetwork, strongestFirst } from "./radio.ts";
import type { System } from "./system.ts";

const IWD = "net.connman.iwd";

/** Interfaces of an object, properties of an interface, value of a property. */
type Objects = Record<string, Record<string, Record<string, { data: unknown }>>>;

export class IwdRadio implements Radio {
  constructor(
    private readonly places: Places,
    private readonly system: System,
  ) {}

  async device(): Promise<string | undefined> {
    return (await this.#device())?.name;
  }

  async scan(): Promise<SeenNetwork[]> {
    const device = await this.#device();
    if (!device) return [];
    const { path } = device;
    await this.#call(path, "Station", "Scan").catch(() => {}); // it is scanning already, and that will do
    for (let tries = 0; tries < 15; tries++) {
      await this.system.pause(1000);
      if ((await this.#objects())[path]?.[`${IWD}.Station`]?.Scanning?.data !== true) break;
    }
    const { data } = JSON.parse(await this.#call(path, "Station", "GetOrderedNetworks"));
    const objects = await this.#objects();
    const seen = (data[0] as [path: string, hundredths_dbm: number][]).flatMap(([network, signal]) => {
      const { Name, Type } = objects[network]?.[`${IWD}.Network`] ?? {};
      if (typeof Name?.data !== "string") return [];
      return [{ ssid: Name.data, signal_percent: percentOf(signal / 100), locked: Type?.data !== "open" }];
    });
    return strongestFirst(seen);
  }

  async knowsNetworks(): Promise<boolean> {
    return Object.values(await this.#objects()).some((interfaces) => `${IWD}.KnownNetwork` in interfaces);
  }

  async open({ ssid, password }: AccessPoint): Promise<void> {
    const device = await this.#device();
    if (!device) throw new Error("there is no Wi-Fi device");
    const profile = join(this.places.root, "var/lib/iwd/ap", `${ssid}.ap`);
    // No [IPv4]: systemd-networkd gives the addresses, here as everywhere
    await writePrivate(profile, formatKeyfile({ Security: { Passphrase: password } }));
    await this.#setMode(device.path, "ap");
    for (let tries = 1; ; tries++) {
      try {
        await this.#call(device.path, "AccessPoint", "StartProfile", "s", ssid);
        return;
      } catch (error) {
        if (tries === 5) throw error;
        await this.system.pause(1000); // the new mode has not settled yet
      }
    }
  }

  async close(): Promise<void> {
    const device = await this.#device().catch(() => undefined);
    if (!device) return;
    await this.#call(device.path, "AccessPoint", "Stop").catch(() => {}); // it may never have started
    await this.#setMode(device.path, "station").catch(() => {}); // with nobody to tell: iwd is gone
  }

  async #device(): Promise<{ path: string; name: string } | undefined> {
    const devices = Object.entries(await this.#objects()).flatMap(([path, interfaces]) => {
      const name = interfaces[`${IWD}.Device`]?.Name?.data;
      return typeof name === "string" ? [{ path, name }] : [];
    });
    return devices.sort((a, b) => a.name.localeCompare(b.name))[0];
  }

  async #objects(): Promise<Objects> {
    const root = ["/", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects"];
    return JSON.parse(await this.system.run("busctl", "--json=short", "call", IWD, ...root)).data[0];
  }

  #call(path: string, part: string, method: string, ...args: string[]): Promise<string> {
    return this.system.run("busctl", "--json=short", "call", IWD, path, `${IWD}.${part}`, method, ...args);
  }

  async #setMode(path: string, mode: "ap" | "station"): Promise<void> {
    await this.system.run("busctl", "set-property", IWD, path, `${IWD}.Device`, "Mode", "s", mode);
  }
}

/** -50 dBm and more is as good as it gets, -100 is nothing. */
function percentOf(dbm: number): number {
  return Math.max(0, Math.min(100, Math.round(2 * (dbm + 100))));
}
