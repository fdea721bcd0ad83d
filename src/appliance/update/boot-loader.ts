// SPDX-License-Identifier: Apache-2.0
//
// What an update needs to know of the Raspberry Pi's boot loader: which slot it starts by itself (autoboot.txt), whether
// it can start the other one once (tryboot), and whether it gives up on one that hangs.
import { closeSync, existsSync, fstatSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Problem } from "../../pipeline/problem.ts";
import type { Places } from "../places.ts";
import { readText } from "../read.ts";

export type Slot = "a" | "b";

export const otherSlot = (slot: Slot): Slot => (slot === "a" ? "b" : "a");

const SECTOR_BYTES = 512;
const BOOT_PARTITION = { a: 2, b: 3 };
/** The first that ends a trial which hangs, by BOOT_WATCHDOG_TIMEOUT; older ones wait for somebody to pull the plug. */
const NEEDED_EEPROM = Date.UTC(2025, 0, 1) / 1000;

/** For both slots it is as long, and the same but for two digits. */
export function autobootText(slot: Slot): string {
  return `[all]
tryboot_a_b=1
boot_partition=${BOOT_PARTITION[slot]}
[tryboot]
boot_partition=${BOOT_PARTITION[otherSlot(slot)]}
`;
}

/** Over what is there, without touching where on the card that is, or how long: a FAT has no journal, and this file is all
 * that the boot loader goes by. It fills less than a sector, which the card writes as a whole or not at all. */
export function writeAutoboot({ autoboot }: Places, slot: Slot): void {
  const file = openSync(autoboot, "r+");
  try {
    const bytes = Math.min(fstatSync(file).size, SECTOR_BYTES);
    writeSync(file, autobootText(slot).padEnd(bytes, "\n"), 0);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** The slot that this system was started from; undefined where there are none. */
export function runningSlot({ root }: Places): Slot | undefined {
  const [, slot] = /(?:^|\s)root=PARTLABEL=root_([ab])(?:\s|$)/.exec(readText(join(root, "proc/cmdline"))) ?? [];
  return slot as Slot | undefined;
}

/** Why no image can be tried on this board. */
export function trialProblems({ root }: Places): Problem[] {
  const loader = join(root, "proc/device-tree/chosen/bootloader");
  if (!existsSync(loader)) return []; // no Raspberry Pi, or one that starts without an EEPROM: an emulator
  const problems: Problem[] = [];
  const stamp = readTimestamp(join(loader, "build-timestamp"));
  if (stamp < NEEDED_EEPROM)
    problems.push({
      message: `the boot loader in this board's EEPROM is of ${new Date(stamp * 1000).toISOString().slice(0, 10)}; images can be tried from those of 2025 on, which end a trial that hangs: update it with Raspberry Pi Imager (Misc utility images, Bootloader). Updates of the application alone do not need it`,
    });
  // Only Raspberry Pi's own kernel hands "tryboot" on; another would start the old slot again, and the update would be rolled back.
  if (!existsSync(join(root, "dev/vcio")) && !existsSync(join(root, "sys/module/stagebox_tryboot")))
    problems.push({
      message:
        "this kernel cannot tell the boot loader to try a slot (it has neither /dev/vcio nor the module stagebox_tryboot); write the new image to the card instead. Updates of the application alone do not need it",
    });
  return problems;
}

/** Seconds since 1970; 0 if it cannot be told. */
function readTimestamp(path: string): number {
  try {
    return readFileSync(path).readUInt32BE();
  } catch {
    return 0;
  }
}
