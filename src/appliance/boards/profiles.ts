// SPDX-License-Identifier: Apache-2.0
//
// Boards that sit on the header, a file each: what the boot loader must switch on for one, and what a driver finds
// there. `board = "pieeg-8"` in stagebox.toml chooses. To add one, add its file and name it here.
import ads1299 from "./profiles/ads1299.json";
import none from "./profiles/none.json";
import pieeg8 from "./profiles/pieeg-8.json";
import pieeg16 from "./profiles/pieeg-16.json";
import serial from "./profiles/serial.json";

export interface BoardProfile {
  /** As in stagebox.toml, and the file's. */
  name: string;
  title: string;
  /** What is off unless somebody asks for it; firmware-lines.ts knows how. */
  needs: Feature[];
  /** Found at /dev. */
  serial: { device: string }[];
  /** Found at /dev; a Pi 5's lines are longer, which costs speed. */
  spi: { device: string; chip: string; mode: number; max_hz: number; max_hz_pi5: number }[];
  /** Lines by their BCM number, of the chip labelled pinctrl-bcm2835, -bcm2711 or -rp1: its number differs between Pis. */
  gpio: { line: number; use: string; edge?: string }[];
}

export type Feature = "spi" | "serial";

export const BOARDS: ReadonlyMap<string, BoardProfile> = new Map(
  ([none, pieeg8, pieeg16, ads1299, serial] as BoardProfile[]).map((profile) => [profile.name, profile]),
);
