// SPDX-License-Identifier: Apache-2.0
//
// What only whoever has the box before them may know: how to get into its own network. On its screen and its serial
// line, and, since many a box has neither, on its card.
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { writeAtomic } from "../../store/atomic-file.ts";
import { tellOnCard } from "../card-status.ts";
import type { Places } from "../places.ts";
import { ACCESS_POINT_ADDRESS, type AccessPoint } from "./access-point-settings.ts";
import type { Attempt } from "./state.ts";

const PAGE = `http://${ACCESS_POINT_ADDRESS}/setup`;

/** Undefined: it is closed. */
export async function showAccessPoint({ screen }: Places, open: AccessPoint | undefined): Promise<void> {
  const file = join(screen, "access-point.txt");
  if (!open) return rm(file, { force: true });
  await mkdir(screen, { recursive: true });
  const lines = `Wi-Fi      ${open.ssid}, password ${open.password}\n           then ${PAGE}\n`;
  await writeAtomic(file, lines, 0o600);
}

/** `attempt`: at the network that the box was to join. */
export async function noteOnCard(
  places: Places,
  { ssid, password, enabled }: AccessPoint,
  attempt: Attempt | undefined,
): Promise<void> {
  const lines = [
    "Where this Stagebox finds no network, it opens a Wi-Fi network of its own:",
    `  name      ${ssid}`,
    `  password  ${password}`,
    `  page      ${PAGE}`,
    "The page asks for the sign-in code on the box's screen. No screen? Then write a",
    "token of your own, or your Wi-Fi network, into stagebox.toml beside this file.",
    ...(attempt?.problem ? [`The Wi-Fi ${JSON.stringify(attempt.ssid)} ${attempt.problem}.`] : []),
  ];
  await tellOnCard("access-point", enabled ? lines : [], places);
}
