// SPDX-License-Identifier: Apache-2.0
//
// A board with a card in it: `plugIn` gives it power, from then on it boots, and boots again whenever it is reset, until
// it switches itself off or the plug is pulled. At each reset the firmware's part is played anew (firmware.ts), which is
// why qemu runs with -no-reboot.
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Subprocess } from "bun";
import { freePort } from "../system/service.ts";
import { Card } from "./card.ts";
import { Console, type ConsoleLine } from "./console.ts";
import { Fat } from "./fat.ts";
import { loadBootFiles } from "./firmware.ts";
import { readPartitions } from "./partitions.ts";
import { type BoardName, boards, qemuCommand } from "./qemu.ts";
import { Qmp } from "./qmp.ts";
import { RootShell } from "./root-shell.ts";

/** Generous: under emulation, beside other work. */
export const BOOT_MS = 600_000;
const OFF_MS = 300_000;

/** What the kernel says last; the words are those given to reboot(2), which on a Pi the firmware finds in a register. */
const RESTART = /reboot: Restarting system(?: with command '(.*)')?/;

export interface MachineOptions {
  board?: BoardName;
  /** Of the card; the image is at its beginning. */
  card_bytes?: number;
  /** More of the kernel's command line and of qemu's. Both may be changed between boots. */
  kernel?: string[];
  devices?: string[];
}

/** One start, from reset to reset. */
export interface Boot {
  /** performance.now() at its reset. */
  at_ms: number;
  /** The console's line it began with. */
  line: number;
  partition: number;
  tryboot: boolean;
}

export class Machine {
  readonly folder = mkdtempSync(join(tmpdir(), "stagebox-machine-"));
  readonly card = join(this.folder, "card.img");
  readonly console = new Console(join(this.folder, "console.log"));
  readonly boots: Boot[] = [];
  readonly ports = { api: freePort(), ssh: freePort() };
  readonly kernel: string[];
  readonly devices: string[];
  readonly #board: BoardName;
  #inserted: Card | undefined;
  #qemu: Subprocess | undefined;
  #qmp: Promise<Qmp> | undefined;
  #shell: Promise<RootShell> | undefined;
  #running: Promise<void> | undefined;
  #fault: Error | undefined;
  /** Aborted when the machine has gone off. */
  #over = AbortSignal.abort("it was never on");

  /** The image is copied: it stays as it is. */
  constructor(image: string, { board = "virt", card_bytes, kernel = [], devices = [] }: MachineOptions = {}) {
    this.#board = board;
    this.kernel = kernel;
    this.devices = devices;
    const { success, stderr } = Bun.spawnSync(["cp", "--sparse=always", "--reflink=auto", image, this.card]);
    if (!success) throw new Error(stderr.toString());
    if (card_bytes !== undefined) truncateSync(this.card, card_bytes);
    machines.add(this);
  }

  plugIn(): void {
    if (this.#running) throw new Error("the machine has power already");
    this.#fault = undefined;
    this.#inserted = new Card(this.card, statSync(this.card).size, join(this.folder, "card"));
    const over = new AbortController();
    this.#over = over.signal;
    this.#running = this.#run().then(
      () => over.abort("as it was told"),
      (error) => {
        this.#fault = error;
        over.abort(error);
      },
    );
  }

  /** Pulls the plug: what was not flushed to the card may be lost. Returns the sectors that were. */
  async cutPower(): Promise<number> {
    const lost = this.#inserted?.cutPower() ?? 0;
    this.#qemu?.kill("SIGKILL");
    await this.#off();
    return lost;
  }

  /** Resolves when the machine has switched itself off. */
  async untilOff(timeout_ms = OFF_MS): Promise<void> {
    const late = setTimeout(() => this.#qemu?.kill("SIGKILL"), timeout_ms);
    await this.#off();
    clearTimeout(late);
    if (this.#fault) throw this.#fault;
  }

  async powerOff(): Promise<void> {
    await this.type("systemctl poweroff");
    await this.untilOff();
  }

  /** Runs in the machine, as root, and returns what it printed. */
  async run(command: string, timeout_ms?: number): Promise<string> {
    return (await this.#rootShell()).run(command, timeout_ms);
  }

  async tryRun(command: string, timeout_ms?: number): Promise<{ output: string; code: number }> {
    return (await this.#rootShell()).tryRun(command, timeout_ms);
  }

  /** Copies a small file into the machine, by what is typed. */
  async send(file: string, target: string): Promise<void> {
    const lines =
      readFileSync(file)
        .toString("base64")
        .match(/.{1,76}/g) ?? [];
    await this.run(`base64 -d > ${target} << 'end-of-file'\n${lines.join("\n")}\nend-of-file`);
  }

  async type(command: string): Promise<void> {
    await (await this.#rootShell()).type(command);
  }

  async monitor(command: string, parameters?: Record<string, unknown>): Promise<unknown> {
    return (await this.#qmp)?.execute(command, parameters);
  }

  /** A FAT partition of the card, which has to be out of use. */
  fat(partition: number): Fat {
    if (this.#running) throw new Error("the card is in the machine");
    const found = readPartitions(this.card).find(({ number }) => number === partition);
    if (!found) throw new Error(`the card has no partition ${partition}`);
    return new Fat(this.card, found.offset);
  }

  get powered(): boolean {
    return this.#running !== undefined;
  }

  get written_bytes(): number {
    return this.#inserted?.written_bytes ?? 0;
  }

  /** The present one, or the last. */
  get boot(): Boot {
    const boot = this.boots.at(-1);
    if (!boot) throw new Error("the machine has not been started");
    return boot;
  }

  /** Waits for a line of the present boot. */
  waitFor(pattern: RegExp, timeout_ms = BOOT_MS): Promise<ConsoleLine> {
    return this.console.waitFor(pattern, { timeout_ms, from: this.boots.at(-1)?.line ?? 0, over: this.#over });
  }

  /** Waits until there have been so many boots. */
  async waitForBoot(count: number, timeout_ms = BOOT_MS): Promise<Boot> {
    for (const deadline = Date.now() + timeout_ms; this.boots.length < count; await Bun.sleep(50)) {
      if (this.#over.aborted) throw new Error(`the machine went off: ${this.#over.reason}`);
      if (Date.now() > deadline) throw new Error(`no boot number ${count}:\n${this.console.tail()}`);
    }
    return this.boots[count - 1] as Boot;
  }

  /** Seconds of a processor that the emulation of the present boot has used. */
  cpu_seconds(): number {
    const fields = readFileSync(`/proc/${this.#qemu?.pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }

  /** Ends it at once and deletes its card. */
  async discard(): Promise<void> {
    await this.cutPower();
    machines.delete(this);
    const kept = process.env.STAGEBOX_KEEP_CONSOLES;
    if (kept) copyFileSync(this.console.file, join(kept, `${this.folder.split("-").at(-1)}.log`));
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #run(): Promise<void> {
    for (let tryboot = false, again = true; again; ) {
      this.boots.push({ at_ms: performance.now(), line: this.console.lines.length, partition: 0, tryboot });
      const reason = await this.#bootOnce(tryboot);
      again = reason === "guest-reset" && (this.#inserted?.powered ?? false);
      const words = this.console.find(RESTART, this.boot.line)?.text.match(RESTART)?.[1];
      tryboot = /\btryboot\b/.test(words ?? "");
    }
  }

  /** Returns why qemu ended. */
  async #bootOnce(tryboot: boolean): Promise<unknown> {
    const files = loadBootFiles(this.card, { model: boards[this.#board].model, tryboot }, this.folder);
    this.boot.partition = files.partition;
    const wiring = {
      card: join(this.folder, "card"),
      qmp: join(this.folder, "qmp"),
      shell: join(this.folder, "shell"),
      ports: this.ports,
      kernel: this.kernel,
      devices: this.devices,
    };
    const qemu = Bun.spawn(qemuCommand(this.#board, files, wiring), {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    this.#qemu = qemu;
    const said = this.console.follow(qemu.stdout);
    const errors = new Response(qemu.stderr).text();
    this.#shell = undefined;
    const monitor = Qmp.open(wiring.qmp);
    this.#qmp = monitor;
    const code = await qemu.exited;
    await said;
    const events = await monitor.then(
      async ({ events, connection }) => {
        await connection.closed;
        return events;
      },
      () => [],
    );
    if (code !== 0 && qemu.signalCode === null) throw new Error(`qemu ended with ${code}: ${await errors}`);
    return events.findLast(({ event }) => event === "SHUTDOWN")?.data.reason;
  }

  #rootShell(): Promise<RootShell> {
    this.#shell ??= RootShell.open(join(this.folder, "shell"));
    return this.#shell;
  }

  async #off(): Promise<void> {
    await this.#running;
    this.#running = undefined;
    this.#inserted?.remove();
    this.#inserted = undefined;
  }
}

/** Those that were not discarded: for the end of a test that failed, and for one that is broken off. */
const machines = new Set<Machine>();
process.on("exit", () => {
  for (const { folder } of machines) rmSync(folder, { recursive: true, force: true });
});

export async function discardMachines(): Promise<void> {
  for (const machine of [...machines]) await machine.discard();
}
