// SPDX-License-Identifier: Apache-2.0
//
// An appliance below a folder of its own: slots are files, executables are texts that say how they would do, and the
// real choose-app chooses among them. Time passes only when somebody waits.
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Host } from "../../../src/appliance/host.ts";
import { placesBelow } from "../../../src/appliance/places.ts";
import { autobootText, type Slot } from "../../../src/appliance/update/boot-loader.ts";
import { applyUpdate, resumeUpdate, updateContext } from "../../../src/appliance/update/update.ts";
import { bytesOf, inPieces } from "./bundle.fixture.ts";

export const CHOOSE_APP = join(import.meta.dir, "../../../image/layers/update/files/usr/lib/stagebox/choose-app");
const PARTITION_BYTES = 64 * 1024;
const STOPPING_MS = 2500;
const STARTING_MS = 10_000;

/** `good 1.2.3` does its work, `idle` answers, `bad` does not, `dies` at once, `tires` after a while. */
export type Executable = string;

/** What a slot's root partition holds. */
export function rootOf(version: string, executable: Executable, build = `b${version.replaceAll(".", "")}`): Buffer {
  return Buffer.from(JSON.stringify({ version, executable, build }).padEnd(4096));
}

/** What its boot partition holds: as it was made, for slot A. */
export const BOOT = Buffer.concat([
  Buffer.alloc(9000, 1),
  Buffer.from("console=tty1 root=PARTLABEL=root_a rootwait"),
  Buffer.alloc(9000, 2),
]);

/** A choice that lasts while a process is killed: it lies in the folder. */
interface Power {
  boots: number;
  tryOnce: boolean;
  running: Slot;
}

export class FakeAppliance {
  readonly places;
  readonly host: Host;
  #clock = 0;
  /** When the restart that was asked for comes; what runs answers until then. */
  #restart_ms = Number.POSITIVE_INFINITY;
  #answers_ms = 0;

  /** Below `root` if there is one already. */
  constructor(
    keys_folder: string,
    readonly root = mkdtempSync(join(tmpdir(), "stagebox-appliance-")),
  ) {
    this.places = placesBelow(root);
    this.host = this.#host();
    if (existsSync(join(root, "power.json"))) return;
    for (const folder of ["boot/firmware", "data/app", "data/stagebox", "data/system", "dev/disk/by-partlabel", "proc"])
      mkdirSync(join(root, folder), { recursive: true });
    cpSync(keys_folder, this.places.update_keys, { recursive: true });
    writeFileSync(this.places.autoboot, autobootText("a"));
    for (const name of ["root_a", "root_b", "boot_a", "boot_b"])
      writeFileSync(this.partition(name), Buffer.alloc(PARTITION_BYTES));
    this.flash("a", rootOf("1.0.0", "good 1.0.0"));
    this.#setPower({ boots: 0, tryOnce: false, running: "a" });
    this.boot();
  }

  partition(name: string): string {
    return join(this.root, "dev/disk/by-partlabel", name);
  }

  flash(slot: Slot, root: Buffer): void {
    writeFileSync(this.partition(`root_${slot}`), Buffer.concat([root], PARTITION_BYTES));
    const boot = Buffer.from(BOOT.toString("latin1").replace("root_a", `root_${slot}`), "latin1");
    writeFileSync(this.partition(`boot_${slot}`), Buffer.concat([boot], PARTITION_BYTES));
  }

  /** The power comes on: boot loader, kernel, service. */
  boot(): void {
    const power = this.#power();
    const slot = this.#slotToStart(power.tryOnce);
    this.#setPower({ boots: power.boots + 1, tryOnce: false, running: slot });
    const [, rootSlot] =
      /root=PARTLABEL=root_([ab])/.exec(readFileSync(this.partition(`boot_${slot}`), "latin1")) ?? [];
    const root = JSON.parse(readFileSync(this.partition(`root_${rootSlot}`), "latin1").replace(/[\0 ]+$/, ""));
    const { version, executable, build } = root;
    rmSync(join(this.root, "run"), { recursive: true, force: true });
    mkdirSync(this.places.requests, { recursive: true });
    mkdirSync(join(this.root, "opt/stagebox/bin"), { recursive: true });
    mkdirSync(join(this.root, "usr/lib/stagebox"), { recursive: true });
    writeFileSync(join(this.root, "opt/stagebox/bin/stagebox"), executable, { mode: 0o755 });
    writeFileSync(join(this.root, "opt/stagebox/VERSION"), `${version}\n`);
    writeFileSync(
      this.places.image,
      JSON.stringify({ layout: "ab", base: "debian", version, build, arch: process.arch }),
    );
    writeFileSync(join(this.root, "proc/cmdline"), `quiet root=PARTLABEL=root_${rootSlot} rootwait\n`);
    this.startSetup();
    this.startService();
  }

  /** As systemd does it, before the service. Returns what runs. */
  startSetup(): Executable {
    this.#choose("committed", this.root);
    return this.#linked("committed");
  }

  /** As systemd does it. Returns what runs. */
  startService(): Executable {
    this.#choose(this.root);
    return this.running();
  }

  running(): Executable {
    return this.#linked("app");
  }

  #choose(...args: string[]): void {
    const { status, stderr } = spawnSync("sh", [CHOOSE_APP, ...args], { encoding: "utf8" });
    if (status !== 0) throw new Error(`choose-app failed: ${stderr}`);
  }

  #linked(name: string): Executable {
    return readFileSync(readlinkSync(join(this.places.run_system, name)), "utf8");
  }

  get slot(): Slot {
    return this.#power().running;
  }

  get boots(): number {
    return this.#power().boots;
  }

  /** What autoboot.txt makes the boot loader start. */
  #slotToStart(tryOnce: boolean): Slot {
    const [all = "", once = ""] = readFileSync(this.places.autoboot, "utf8").split("[tryboot]");
    const [, partition] = /boot_partition=(\d)/.exec(tryOnce ? once : all) ?? [];
    return partition === "3" ? "b" : "a";
  }

  context() {
    return updateContext(this.places, this.host);
  }

  /** From the bundle to its end, through all the boots that it takes. Throws what `applyUpdate` throws. */
  async update(bundle: string, options: { allow_older?: boolean } = {}): Promise<void> {
    await this.apply(bundle, options);
    await this.seeThrough();
  }

  apply(bundle: string, { allow_older = false } = {}): Promise<void> {
    const request = { id: "u1", pieces: inPieces(bytesOf(bundle), 700), file: "it.stagebox", allow_older };
    return applyUpdate(request, this.context());
  }

  async seeThrough(): Promise<void> {
    for (let before = -1; this.context().journal.read().under_way && before !== this.boots; ) {
      before = this.boots;
      await resumeUpdate(this.context());
    }
    if (Number.isFinite(this.#restart_ms)) this.#restart();
  }

  versions(): string[] {
    const folder = join(this.places.app, "versions");
    return existsSync(folder) ? readdirSync(folder).sort() : [];
  }

  #host(): Host {
    let polls = 0;
    return {
      restartService: async () => {
        this.#restart_ms = this.#clock + STOPPING_MS;
      },
      seeUpdateThrough: async () => {},
      reboot: async (once = false) => {
        this.#setPower({ ...this.#power(), tryOnce: once });
        this.boot();
      },
      powerOff: async () => {},
      health: async () => {
        if (this.#clock < this.#answers_ms) return "none";
        const [how] = this.running().split(" ");
        if (how === "dies") this.startService();
        if (how === "idle") return "alive";
        return how === "good" || (how === "tires" && ++polls < 20) ? "ready" : "none";
      },
      forgetCached: async () => {},
      bootId: () => `boot ${this.boots}`,
      now: () => this.#clock,
      sleep: async (ms) => {
        this.#clock += ms;
        if (this.#clock >= this.#restart_ms) this.#restart();
      },
    };
  }

  /** The one that was asked for. */
  #restart(): void {
    this.#restart_ms = Number.POSITIVE_INFINITY;
    this.#answers_ms = this.#clock + STARTING_MS;
    this.startService();
  }

  #power(): Power {
    return JSON.parse(readFileSync(join(this.root, "power.json"), "utf8"));
  }

  #setPower(power: Power): void {
    writeFileSync(join(this.root, "power.json"), JSON.stringify(power));
  }
}
