// SPDX-License-Identifier: Apache-2.0
import { homedir } from "node:os";
import { join, relative, resolve } from "node:path";
import { DataFolder } from "../../store/folder.ts";

/** Where plugins are put, and removed from. */
export function ownFolder({ user, data }: { user: boolean; data: string }): string {
  return user ? join(homedir(), ".stagebox", "plugins") : new DataFolder(data).plugins;
}

/** A path as somebody here would type it. */
export function shownPath(path: string): string {
  const short = relative(".", path);
  return short.startsWith("..") ? resolve(path) : short || ".";
}
