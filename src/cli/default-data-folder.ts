// SPDX-License-Identifier: Apache-2.0
import { accessSync, constants, existsSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { fileRefusal } from "../pipeline/problem.ts";

const APPLIANCE_FOLDER = "/data/stagebox";

/** Where a box keeps what it must not forget: STAGEBOX_DATA, else the appliance's folder, else the user's. Throws
 * ProblemsError on an appliance, for a user who may not write there: another folder would be none of the service's. */
export function defaultDataFolder(appliance = APPLIANCE_FOLDER): string {
  const { STAGEBOX_DATA } = process.env;
  if (STAGEBOX_DATA) return resolve(STAGEBOX_DATA);
  if (!existsSync(appliance)) return join(homedir(), ".stagebox");
  try {
    accessSync(appliance, constants.W_OK | constants.X_OK);
    return appliance;
  } catch {
    throw fileRefusal(
      appliance,
      "is for root and the service alone; say `sudo stagebox`, or name a folder of your own: --data",
    );
  }
}
