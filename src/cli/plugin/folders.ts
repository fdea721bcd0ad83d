// SPDX-License-Identifier: Apache-2.0
import { homedir } from "node:os";
import { join } from "node:path";
import { DataFolder } from "../../store/folder.ts";

/** Where plugins are put, and removed from. */
export function ownFolder({ user, data }: { user: boolean; data: string }): string {
  return user ? join(homedir(), ".stagebox", "plugins") : new DataFolder(data).plugins;
}
