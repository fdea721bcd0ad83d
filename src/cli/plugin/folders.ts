// SPDX-License-Identifier: Apache-2.0
import { relative, resolve } from "node:path";
import { userFolder } from "../../plugins/discovery/folders.ts";
import { DataFolder } from "../../store/folder.ts";

/** Where plugins are put, and removed from. */
export function ownFolder({ user, data }: { user: boolean; data: string }): string {
  return user ? userFolder() : new DataFolder(data).plugins;
}

/** A path as somebody here would type it. */
export function shownPath(path: string): string {
  const short = relative(".", path);
  return short.startsWith("..") ? resolve(path) : short || ".";
}
