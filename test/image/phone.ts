// SPDX-License-Identifier: Apache-2.0
//
// A phone beside a box that is a virtual machine: a second radio in it, simulated by the kernel (mac80211_hwsim), with a
// network stack, a bus and an iwd of its own. It joins networks, looks at pages, and can be a router that others join.
import type { Guest, Place } from "./inside.ts";

const BUS = "unix:path=/run/phone/bus";
const IWD_CALL = `busctl --address=${BUS} --json=short call net.connman.iwd`;

/** What the phone's bus lets through: everything. */
const BUS_RULES = `<busconfig><type>custom</type><listen>${BUS}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/></policy></busconfig>`;

export class Phone {
  /** For inside.ts. */
  readonly place: Place;

  private constructor(
    private readonly machine: Guest,
    private readonly card: string,
  ) {
    this.place = { machine, network: "phone" };
  }

  /** Gives box and phone a radio each. */
  static async switchOn(machine: Guest): Promise<Phone> {
    await machine.run(
      "modprobe mac80211_hwsim radios=2 && ip netns add phone && mkdir -p /run/phone/config /run/phone/state/ap",
    );
    // Taken away while iwd still looks at it, a radio confuses it
    await waitFor("iwd with both radios", 60, async () => {
      const { output } = await machine.tryRun("busctl tree --list net.connman.iwd");
      return output.match(/^\/net\/connman\/iwd\/\d+\/\d+$/gm)?.length === 2 || undefined;
    });
    await machine.run('iw phy "$(ls /sys/class/ieee80211 | tail -n 1)" set netns name phone');
    await machine.run(`cat > /run/phone/bus.conf <<'EOF'\n${BUS_RULES}\nEOF`);
    await machine.run(
      "printf '[General]\\nEnableNetworkConfiguration=false\\n[Network]\\nNameResolvingService=none\\n' > /run/phone/config/main.conf",
    );
    await machine.run("systemd-run --unit=phone-bus dbus-daemon --config-file=/run/phone/bus.conf --nofork");
    await machine.run("while [ ! -S /run/phone/bus ]; do sleep 1; done");
    const environment = {
      DBUS_SYSTEM_BUS_ADDRESS: BUS,
      CONFIGURATION_DIRECTORY: "/run/phone/config",
      STATE_DIRECTORY: "/run/phone/state",
    };
    const settings = Object.entries(environment).map(([name, value]) => `--setenv=${name}=${value}`);
    await machine.run(
      `systemd-run --unit=phone -p NetworkNamespacePath=/run/netns/phone ${settings.join(" ")} /usr/libexec/iwd`,
    );
    const card = await waitFor("the phone's network card", 30, async () => {
      const list = await machine.run("ip netns exec phone iw dev");
      return /^\s*Interface (\S+)/m.exec(list)?.[1];
    });
    return new Phone(machine, card);
  }

  /** Joins as soon as the network is there. Returns the phone's address in it. */
  async join(ssid: string, password: string, patience_s: number): Promise<string> {
    await this.machine.run(`printf '[Security]\\nPassphrase=${password}\\n' > '/run/phone/state/${ssid}.psk'`);
    const device = await this.#device();
    return waitFor(`the phone in ${ssid}`, patience_s, async () => {
      // By itself iwd looks around ever more seldom; a person has the list open, and taps on the name, once
      const [joined] = await this.#find((it) => it["net.connman.iwd.Station"]?.State?.data === "connected");
      if (!joined) {
        await this.machine.tryRun(`${IWD_CALL} ${device} net.connman.iwd.Station Scan; sleep 5`);
        const [network] = await this.#find((it) => it["net.connman.iwd.Network"]?.Name?.data === ssid);
        if (network) await this.machine.tryRun(`${IWD_CALL} ${network} net.connman.iwd.Network Connect`);
      }
      await this.machine.tryRun(`ip netns exec phone /usr/lib/klibc/bin/ipconfig -t 20 -c dhcp ${this.card}`);
      const list = await this.machine.run(`ip netns exec phone ip -color=never -4 -o address show dev ${this.card}`);
      return /inet ([\d.]+)/.exec(list)?.[1];
    });
  }

  /** Is a router from now on, at 10.77.0.1. */
  async open(ssid: string, password: string): Promise<void> {
    const profile = `[Security]\\nPassphrase=${password}\\n[IPv4]\\nAddress=10.77.0.1\\nNetmask=255.255.255.0\\n`;
    await this.machine.run(`rm -f /run/phone/state/*.psk; printf '${profile}' > '/run/phone/state/ap/${ssid}.ap'`);
    // As a router it gives addresses, too
    await this.machine.run("sed -i s/false/true/ /run/phone/config/main.conf; systemctl restart phone");
    const device = await waitFor("the phone's radio", 60, () => this.#device().catch(() => undefined));
    await this.machine.run(
      `busctl --address=${BUS} set-property net.connman.iwd ${device} net.connman.iwd.Device Mode s ap`,
    );
    await this.machine.run(`sleep 2; ${IWD_CALL} ${device} net.connman.iwd.AccessPoint StartProfile s '${ssid}'`);
  }

  async #device(): Promise<string> {
    const [path] = await this.#find((it) => "net.connman.iwd.Device" in it);
    if (!path) throw new Error("the phone has no radio");
    return path;
  }

  async #find(is: (interfaces: Record<string, Record<string, { data: unknown }>>) => boolean): Promise<string[]> {
    const objects = await this.machine.run(`${IWD_CALL} / org.freedesktop.DBus.ObjectManager GetManagedObjects`);
    return Object.entries(JSON.parse(objects).data[0] as object).flatMap(([path, it]) => (is(it) ? [path] : []));
  }
}

/** Looks every two seconds until there is something. */
export async function waitFor<T>(what: string, patience_s: number, look: () => Promise<T | undefined>): Promise<T> {
  for (const deadline = performance.now() + patience_s * 1000; ; await Bun.sleep(2000)) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`${what}: not within ${patience_s} s`);
  }
}
