// SPDX-License-Identifier: Apache-2.0
//
// The kernel's command line for a board on the serial port of Raspberry Pi OS: the console would talk into the signal. It
// is a file of its own beside cmdline.txt, and config.txt names which one counts; so a power cut leaves either whole. On
// Debian's base there is no need: what the console is on there goes off (image/boards/overlays/stagebox-serial.dts).
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { writeAtomic } from "../../store/atomic-file.ts";
import type { Places } from "../places.ts";

/** It begins as all of the box's files there do: what a power cut leaves of those is cleared away (../setup/card.ts). */
export const SILENT_COMMAND_LINE = "stagebox-cmdline.txt";

/** Whatever else is in cmdline.txt, the root above all, is the same. */
export async function writeSilentCommandLine({ firmware }: Places): Promise<void> {
  const words = readFileSync(join(firmware, "cmdline.txt"), "utf8").trim().split(/\s+/);
  const silent = words.filter((word) => !/^(console|kgdboc|earlycon)=(serial|tty(S|AMA))\d/.test(word));
  await writeAtomic(join(firmware, SILENT_COMMAND_LINE), `${silent.join(" ")}\n`);
}
