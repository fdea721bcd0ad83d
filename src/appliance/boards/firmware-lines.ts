// SPDX-License-Identifier: Apache-2.0
//
// What a board needs, in the words of config.txt. Raspberry Pi OS has the boot loader's own parameters for it; Debian's
// kernel brings device trees that know none of them, and takes an overlay of ours (image/boards/overlays).
import type { Image } from "../image.ts";
import { SILENT_COMMAND_LINE } from "./command-line.ts";
import type { BoardProfile, Feature } from "./profiles.ts";

/** A Pi 5's Bluetooth has a port of its own, and the header's is off; on others disable-bt brings it to the header. */
const SERIAL = ["enable_uart=1", "dtoverlay=disable-bt", "[pi5]", "dtoverlay=uart0-pi5", "[all]"];

const LINES: Record<Feature, Record<Image["base"], readonly string[]>> = {
  spi: { debian: ["dtoverlay=stagebox-spi"], raspios: ["dtparam=spi=on"] },
  serial: { debian: ["dtoverlay=stagebox-serial"], raspios: [...SERIAL, `cmdline=${SILENT_COMMAND_LINE}`] },
};

export function firmwareLines({ needs }: BoardProfile, base: Image["base"]): string[] {
  return needs.flatMap((feature) => LINES[feature][base]);
}
