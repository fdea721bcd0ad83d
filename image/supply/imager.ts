// SPDX-License-Identifier: Apache-2.0
//
// What Raspberry Pi Imager wants to know of an image: an entry for a list of systems (os_list), and a manifest, which is
// a list of one with the models it is for. Only with a manifest does Imager ask for name, network and keys when it
// writes an image that is not in its own list.
import type { Image } from "../../src/appliance/image.ts";

export interface Card {
  image: Pick<Image, "layout" | "base" | "version">;
  /** With the Pi 5's kernel. */
  backports: boolean;
  /** Where the packed image and the icon are found. */
  url: string;
  icon: string;
  extract_size: number;
  extract_sha256: string;
  image_download_size: number;
  image_download_sha256: string;
  /** Seconds. */
  created: number;
}

/** Imager's names for what a user picks first. */
const MODELS = {
  "pi5-64bit": { name: "Raspberry Pi 5", description: "Raspberry Pi 5, 500 and Compute Module 5" },
  "pi4-64bit": { name: "Raspberry Pi 4", description: "Raspberry Pi 4 Model B, 400 and Compute Module 4" },
  "pi3-64bit": { name: "Raspberry Pi 3", description: "Raspberry Pi 3 and Zero 2 W" },
} as const;

type Model = keyof typeof MODELS;

function modelsOf({ image: { layout, base }, backports }: Card): Model[] {
  if (base === "raspios") return ["pi5-64bit", "pi4-64bit", "pi3-64bit"];
  if (layout === "simple") return backports ? ["pi5-64bit", "pi4-64bit", "pi3-64bit"] : ["pi4-64bit", "pi3-64bit"];
  return backports ? ["pi5-64bit", "pi4-64bit"] : ["pi4-64bit"];
}

const WORDS: Record<Image["layout"], string> = {
  ab: "with two slots, for updates of the whole image",
  simple: "with one slot",
  raspios: "on Raspberry Pi OS Lite",
};

export function imagerEntry(card: Card) {
  const { image, url, icon, created, extract_size, extract_sha256, image_download_size, image_download_sha256 } = card;
  return {
    name: `Stagebox ${image.version}${image.layout === "ab" ? "" : ` (${image.layout})`}`,
    description: `Turns a Raspberry Pi into a signal-processing appliance, ${WORDS[image.layout]}`,
    icon,
    url,
    release_date: new Date(created * 1000).toISOString().slice(0, 10),
    extract_size,
    extract_sha256,
    image_download_size,
    image_download_sha256,
    devices: modelsOf(card),
    // The file that it leaves is read at the first start (src/appliance/setup).
    init_format: "rpi-preseed",
    architecture: "armv8",
  };
}

export function imagerManifest(card: Card) {
  const devices = modelsOf(card).map((model) => ({ ...MODELS[model], tags: [model], matching_type: "exclusive" }));
  return { imager: { devices }, os_list: [imagerEntry(card)] };
}
