// SPDX-License-Identifier: Apache-2.0
import { accessSync, constants } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

export const DEFAULT_PORT = 8080;
/** Every network the box is on: it is an appliance, and the API asks for a token. */
export const DEFAULT_HOST = "0.0.0.0";

const APPLIANCE_FOLDER = "/data/stagebox";

/** Where a box keeps what it must not forget: STAGEBOX_DATA, else the appliance's folder, else the user's. */
export function defaultDataFolder(): string {
  const { STAGEBOX_DATA } = process.env;
  if (STAGEBOX_DATA) return resolve(STAGEBOX_DATA);
  return isWritable(APPLIANCE_FOLDER) ? APPLIANCE_FOLDER : join(homedir(), ".stagebox");
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
