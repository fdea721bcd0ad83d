// SPDX-License-Identifier: Apache-2.0
//
// What only whoever stands before the box may know: lines for its screen and its serial line.
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { writeAtomic } from "../../store/atomic-file.ts";
import type { Places } from "../places.ts";
import { ACCESS_POINT_ADDRESS, type AccessPoint } from "./access-point-settings.ts";

/** How to get into the box's own network; undefined: it is closed. */
export async function showAccessPoint({ run_system }: Places, open: AccessPoint | undefined): Promise<void> {
  const folder = join(run_system, "screen.d");
  const file = join(folder, "access-point.txt");
  if (!open) return rm(file, { force: true });
  await mkdir(folder, { recursive: true });
  const lines = [
    `Wi-Fi      ${open.ssid}, password ${open.password}`,
    `           then http://${ACCESS_POINT_ADDRESS}/setup`,
  ];
  await writeAtomic(file, lines.map((line) => `${line}\n`).join(""), 0o600);
}
