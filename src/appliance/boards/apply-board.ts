// SPDX-License-Identifier: Apache-2.0
//
// Has the boot loader switch on what a board needs, from the next start on. Done by root: at set-up for the slot that
// runs, and by an update for the slot that it has just written.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Problem, ProblemsError } from "../../pipeline/problem.ts";
import { suggestion } from "../../pipeline/suggest.ts";
import { quote } from "../../pipeline/words.ts";
import { writeAtomic } from "../../store/atomic-file.ts";
import { readImage } from "../image.ts";
import type { Places } from "../places.ts";
import { runningSlot, type Slot } from "../update/boot-loader.ts";
import { boardSector, reserveBoardSector, writeBoardSector } from "./board-sector.ts";
import { writeSilentCommandLine } from "./command-line.ts";
import { firmwareLines } from "./firmware-lines.ts";
import { BOARDS } from "./profiles.ts";

/** Their header hangs on a chip of its own (RP1), for which Debian's device trees have no names. */
const HEADER_APART = /^Raspberry Pi (5|500|Compute Module 5)/;

/** Returns whether the box has to be started again before the board can be used. Without a slot: the one that runs. */
export async function applyBoard(places: Places, name: string, slot?: Slot): Promise<boolean> {
  const profile = BOARDS.get(name);
  if (!profile) throw refuse(`board: ${quote(name)} is not known; ${suggestion(name, [...BOARDS.keys()])}`);
  const image = readImage(places);
  if (!image) throw refuse(`board: this is no appliance; switch on by hand what ${profile.title} needs`);
  const model = modelOf(places);
  if (image.base === "debian" && profile.needs.length > 0 && HEADER_APART.test(model))
    throw refuse(`board: Debian's kernel does not reach the header of a ${model}; take the image on Raspberry Pi OS`);
  if (image.base === "raspios" && profile.needs.includes("serial")) await writeSilentCommandLine(places);
  const sector = boardSector(name, firmwareLines(profile, image.base));
  if (image.layout !== "ab") return await intoFile(join(places.firmware, "config.txt"), sector);
  const label = `boot_${slot ?? runningSlot(places) ?? "a"}`;
  const partition = join(places.root, `dev/disk/by-partlabel/${label}`);
  const outcome = writeBoardSector(partition, sector);
  if (outcome === "absent")
    throw refuse(`board: the config.txt on ${label} has no place for it; write the image to the card again`);
  return outcome === "written";
}

/** Somebody may have edited it: what they wrote stays, and the sector finds its place again. */
async function intoFile(config: string, sector: Buffer): Promise<boolean> {
  const outcome = writeBoardSector(config, sector);
  if (outcome !== "absent") return outcome === "written";
  await writeAtomic(config, reserveBoardSector(readFileSync(config, "utf8"), sector));
  return true;
}

function modelOf({ root }: Places): string {
  try {
    return readFileSync(join(root, "proc/device-tree/model"), "utf8").replace(/\0.*$/, "");
  } catch {
    return "machine without a name";
  }
}

function refuse(message: Problem["message"]): ProblemsError {
  return new ProblemsError([{ message }]);
}
