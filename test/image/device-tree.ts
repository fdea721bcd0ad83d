// SPDX-License-Identifier: Apache-2.0
//
// What a Raspberry Pi's firmware tells the kernel of itself, in the emulated board's own device tree.
import { join } from "node:path";
import { virtHardware } from "./qemu.ts";

/** A file in `folder`: the board's device tree, which says that this boot is a trial. */
export function trialDeviceTree(folder: string): string {
  const file = join(folder, "trial.dtb");
  const [option = "", machine = "", ...rest] = virtHardware;
  run(["qemu-system-aarch64", option, `${machine},dumpdtb=${file}`, ...rest, "-display", "none"]);
  run(["fdtput", "-p", "-t", "u", file, "/chosen/bootloader", "tryboot", "1"]);
  return file;
}

function run(command: string[]): void {
  const { success, stderr } = Bun.spawnSync(command);
  if (!success) throw new Error(`${command.join(" ")}: ${stderr}`);
}
