// SPDX-License-Identifier: Apache-2.0
//
// What was kept is put in force at once, by the same script that does it at every start.
import { join } from "node:path";
import type { Box } from "../box.ts";

/** Undefined if it is, else what to say. `opensSsh`: somebody may log in now. */
export async function putInForce({ places, system }: Box, opensSsh: boolean): Promise<string | undefined> {
  try {
    await system.run(join(places.root, "usr/lib/stagebox/restore"));
    // Not waited for: it may wait for this.
    if (opensSsh) await system.run("systemctl", "--no-block", "start", "ssh.socket");
    return undefined;
  } catch {
    return "some of this is in force only from the next start on";
  }
}
