// SPDX-License-Identifier: Apache-2.0
//
// The arguments of one start of qemu, for the two boards that are played.
import type { BootFiles } from "./firmware.ts";
import { ROOT_SHELL } from "./root-shell.ts";

export interface Wiring {
  /** Socket of the card. */
  card: string;
  qmp: string;
  shell: string;
  /** On this machine's loopback, to the box's API and its SSH. */
  ports: { api: number; ssh: number };
  /** More of the command line and of qemu's. */
  kernel: readonly string[];
  devices: readonly string[];
}

interface Board {
  /** As config.txt's filters call it. */
  model: string;
  serial: string;
  arguments(wiring: Wiring): string[];
  kernel: readonly string[];
}

const CONSOLE = ["-serial", "chardev:console"];

/** A cortex-a72 as in the Pi 4. */
export const virtHardware = ["-machine", "virt", "-cpu", "cortex-a72", "-smp", "2", "-m", "1024"];

export const boards = {
  /** Virtio for card and network: the card comes as a disk, the box is without Internet. */
  virt: {
    model: "pi4",
    serial: "ttyAMA0",
    arguments: ({ shell, ports }) => [
      ...CONSOLE,
      ...virtHardware,
      ...["-device", "virtio-blk-pci,drive=card,romfile="],
      ...["-netdev", `user,id=lan,restrict=on,${forward(ports.api, 8080)},${forward(ports.ssh, 22)}`],
      ...["-device", "virtio-net-pci,netdev=lan,romfile="],
      ...["-chardev", `socket,id=shell,path=${shell},server=on,wait=off`, "-device", "pci-serial,chardev=shell"],
      // No Pi up to the 4 has a clock that runs on without power.
      ...["-rtc", "base=2024-01-01T00:00:00"],
    ],
    kernel: [ROOT_SHELL],
  },
  /** The whole board, but its USB, and with it the network, never answers; its watchdog is none. */
  raspi3b: {
    model: "pi3",
    serial: "ttyS1",
    // Bluetooth is on the first serial port, as on the real one.
    arguments: () => ["-machine", "raspi3b", "-serial", "null", ...CONSOLE],
    kernel: ["modprobe.blacklist=bcm2835_wdt", "systemd.watchdog_sec=0"],
  },
} satisfies Record<string, Board>;

export type BoardName = keyof typeof boards;

export function qemuCommand(name: BoardName, files: BootFiles, wiring: Wiring): string[] {
  const board: Board = boards[name];
  const drive = name === "raspi3b" ? "if=sd" : "if=none,id=card";
  return [
    // It ends when this process does, however that comes.
    ...["setpriv", "--pdeathsig", "KILL", "qemu-system-aarch64"],
    ...["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"],
    ...["-chardev", "stdio,id=console,signal=off"],
    ...["-qmp", `unix:${wiring.qmp},server=on,wait=off`],
    ...["-drive", `${drive},format=raw,file.driver=nbd,file.server.type=unix,file.server.path=${wiring.card}`],
    ...board.arguments(wiring),
    ...["-kernel", files.kernel],
    ...(files.initramfs === undefined ? [] : ["-initrd", files.initramfs]),
    ...(name === "raspi3b" && files.deviceTree ? ["-dtb", files.deviceTree] : []),
    ...["-append", commandLine(files.commandLine, board, wiring.kernel)],
    ...wiring.devices,
  ];
}

/**
 * A card names the serial ports of all boards, and Linux gives up at the first one of a kind that is not there. So the
 * first is the emulator's, in the place where the firmware would put the port that the board has, and the rest go.
 */
function commandLine(ofCard: string, { serial, kernel }: Board, more: readonly string[]): string {
  const words = ofCard
    .split(/\s+/)
    .map((word) => word.replace(/^console=(serial0|tty(AMA|S)\d+)/, `console=${serial}`));
  return [...new Set([...words, ...kernel, ...more])].join(" ");
}

function forward(own: number, its: number): string {
  return `hostfwd=tcp:127.0.0.1:${own}-:${its}`;
}
