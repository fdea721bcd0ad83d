// SPDX-License-Identifier: Apache-2.0
//
// What a board needs, in the words of config.txt. Raspberry Pi OS has the boot loader's own parameters for it; Debian's
// kernel brings device trees that know none of them, and takes an overlay of ours (image/boards/overlays).
import type { Image } from "../image.ts";
import type { BoardProfile, Feature } from "./profiles.ts";

const LINES: Record<Feature, Record<Image["base"], string>> = {
  spi: { debian: "dtoverlay=stagebox-spi", raspios: "dtparam=spi=on" },
};

export function firmwareLines({ needs }: BoardProfile, base: Image["base"]): string[] {
  return needs.map((feature) => LINES[feature][base]);
}
