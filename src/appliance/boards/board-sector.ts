// SPDX-License-Identifier: Apache-2.0
//
// The last 512 bytes of config.txt belong to the board profile (image/boards/reserve.sh makes room for them). A file on a
// FAT begins at a sector, so that they are one: it is written whole or not at all, and no other byte of the boot
// partition changes. A power cut leaves the old board or the new one, never a box that does not start.
import { closeSync, fdatasyncSync, openSync, readSync, writeSync } from "node:fs";

const SECTOR_BYTES = 512;
const FIRST_LINE = "# stagebox board: ";
/** Read at once while looking: a partition has some tens of megabytes. */
const WINDOW_BYTES = 1 << 20;

/** The sector's text, filled up with comment in lines that the boot loader does not cut. */
export function boardSector(name: string, lines: readonly string[]): Buffer {
  const text = `${[`${FIRST_LINE}${name}`, ...lines].join("\n")}\n`;
  if (text.length >= SECTOR_BYTES) throw new Error(`board ${name}: its lines for config.txt do not fit in a sector`);
  return Buffer.from(text + filling(SECTOR_BYTES - text.length), "latin1");
}

/**
 * Writes it over the one that is there, in a config.txt or in a whole boot partition that is not mounted. Returns
 * `absent` if there is none, `same` if it says so already.
 */
export function writeBoardSector(path: string, sector: Buffer): "written" | "same" | "absent" {
  const file = openSync(path, "r+");
  try {
    const places = boardSectors(file);
    const others = places.filter(({ content }) => !content.equals(sector));
    for (const { at } of others) writeSync(file, sector, 0, SECTOR_BYTES, at);
    fdatasyncSync(file);
    return places.length === 0 ? "absent" : others.length === 0 ? "same" : "written";
  } finally {
    closeSync(file);
  }
}

function boardSectors(file: number): { at: number; content: Buffer }[] {
  const found = [];
  const window = Buffer.alloc(WINDOW_BYTES);
  for (let from = 0; ; from += WINDOW_BYTES) {
    const bytes = readSync(file, window, 0, WINDOW_BYTES, from);
    for (let at = 0; at + SECTOR_BYTES <= bytes; at += SECTOR_BYTES)
      if (window.toString("latin1", at, at + FIRST_LINE.length) === FIRST_LINE)
        found.push({ at: from + at, content: Buffer.from(window.subarray(at, at + SECTOR_BYTES)) });
    if (bytes < WINDOW_BYTES) return found;
  }
}

/** A config.txt without such a sector, or with one that an editor has moved, with one at its end. */
export function reserveBoardSector(config: string, sector: Buffer): Buffer {
  const old = config.indexOf(FIRST_LINE);
  const own = (old < 0 ? config : config.slice(0, old)).replace(/(\n#*)*\s*$/, "").replace(/\n\[all\]$/, "");
  const before = Buffer.from(`${own}\n\n[all]\n`);
  const room = (SECTOR_BYTES - (before.length % SECTOR_BYTES)) % SECTOR_BYTES;
  return Buffer.concat([before, Buffer.from(filling(room)), sector]);
}

/** So many bytes of comment, at most a sector. */
function filling(bytes: number): string {
  return bytes > 0 ? `${`${"#".repeat(63)}\n`.repeat(SECTOR_BYTES / 64).slice(0, bytes - 1)}\n` : "";
}
