// SPDX-License-Identifier: Apache-2.0
//
// stagebox-status.txt on the card, for whoever has neither the box's screen nor a network to it. Set-up and the box's own
// network say a part each, at times of their own. The parts are kept on the data partition: nothing is read back from the
// card but to see whether it has to be written at all, since cards wear out.
import { join } from "node:path";
import { writeAtomic } from "../store/atomic-file.ts";
import type { Places } from "./places.ts";
import { writePrivate } from "./private-file.ts";
import { readText } from "./read.ts";

/** In the order in which they stand there. */
const PARTS = ["setup", "access-point"] as const;

/** Without lines the part goes. With the line ends that every editor shows. */
export async function tellOnCard(
  part: (typeof PARTS)[number],
  lines: readonly string[],
  { card_status: folder, setup_status: card }: Places,
): Promise<void> {
  const own = lines.join("\n");
  if (readText(join(folder, part)) !== own) await writePrivate(join(folder, part), own);
  const parts = PARTS.map((name) => readText(join(folder, name))).filter((text) => text !== "");
  const all = parts.join("\n\n\n").replaceAll("\n", "\r\n");
  if (readText(card) !== all) await writeAtomic(card, `${all}\r\n`);
}
