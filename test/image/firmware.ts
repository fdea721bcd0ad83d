// SPDX-License-Identifier: Apache-2.0
//
// What a Raspberry Pi's firmware does between power and kernel, played for qemu, which has none of it: the first FAT
// partition, autoboot.txt in it, config.txt of the partition that it names, and the kernel, initramfs and command line
// that config.txt names. So slot choice and tryboot are tried with the files as they lie on the card.
import { closeSync, openSync, readSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Filters, parseBootConfig } from "./boot-config.ts";
import { Fat, isFat } from "./fat.ts";
import { type Partition, readPartitions } from "./partitions.ts";

export interface BootFiles {
  /** The number of the FAT partition that they came from. */
  partition: number;
  kernel: string;
  initramfs: string | undefined;
  /** Of the board, if config.txt or the model names one that is there. */
  deviceTree: string | undefined;
  commandLine: string;
}

const DEVICE_TREES: Record<string, string> = { pi3: "bcm2837-rpi-3-b.dtb" };

/** Copies what is started into a folder. Throws where a board would stay dark. */
export function loadBootFiles(card: string, filters: Filters, folder: string): BootFiles {
  const { partition, slots } = choosePartition(card, filters);
  const fat = new Fat(card, partition.offset);
  // With slots the other partition has its own config.txt; without, the trial is another file of the same one.
  const name = filters.tryboot && !slots ? "tryboot.txt" : "config.txt";
  const text = fat.text(name);
  if (text === undefined) throw new Error(`partition ${partition.number} has no ${name}`);
  const config = parseBootConfig(text, filters);
  const prefix = config.get("os_prefix") ?? "";
  const load = (file: string | undefined): string | undefined => {
    const content = file && fat.read(prefix + file);
    if (!content) return undefined;
    const copy = join(folder, file.replaceAll("/", "-"));
    writeFileSync(copy, content);
    return copy;
  };
  const require = (file: string): string => {
    const copy = load(file);
    if (copy === undefined)
      throw new Error(`${name} of partition ${partition.number} names ${file}, which is not there`);
    return copy;
  };
  const kernel = config.get("kernel") ?? "kernel8.img";
  const initramfs =
    config.get("initramfs")?.split(/\s+/)[0] ??
    (config.get("auto_initramfs") === "1" ? kernel.replace(/^kernel(.*)\.img$/, "initramfs$1") : undefined);
  return {
    partition: partition.number,
    kernel: require(kernel),
    initramfs: initramfs === undefined ? undefined : require(initramfs),
    deviceTree: load(config.get("device_tree") ?? DEVICE_TREES[filters.model]),
    commandLine: (fat.text(prefix + (config.get("cmdline") ?? "cmdline.txt")) ?? "").split("\n")[0]?.trim() ?? "",
  };
}

/** Which partition is started, and whether by autoboot.txt's slots. */
function choosePartition(card: string, filters: Filters): { partition: Partition; slots: boolean } {
  const partitions = readPartitions(card);
  const first = partitions.find(({ offset }) => isFat(sector(card, offset)));
  if (!first) throw new Error(`${card} has no FAT partition`);
  const autoboot = parseBootConfig(new Fat(card, first.offset).text("autoboot.txt") ?? "", filters);
  const number = Number(autoboot.get("boot_partition") ?? first.number);
  const partition = partitions.find((partition) => partition.number === number);
  if (!partition) throw new Error(`autoboot.txt names partition ${number}, which is not there`);
  if (!isFat(sector(card, partition.offset))) throw new Error(`partition ${number} is no FAT file system`);
  return { partition, slots: autoboot.get("tryboot_a_b") === "1" };
}

function sector(file: string, offset: number): Uint8Array {
  const bytes = new Uint8Array(512);
  const handle = openSync(file, "r");
  readSync(handle, bytes, 0, bytes.length, offset);
  closeSync(handle);
  return bytes;
}
