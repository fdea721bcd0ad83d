// SPDX-License-Identifier: Apache-2.0
//
// The names of the files in a plugin, wherever it comes from. They become paths on this machine, and perhaps on one
// whose file system takes `A` and `a` for the same.
import { quote } from "../../pipeline/words.ts";
import { LIMITS } from "./limits.ts";

/** Why a file in a plugin must not be called that; undefined if it may. A folder's name ends without its slash. */
export function nameFault(name: string): string | undefined {
  if (name === "") return "is empty";
  if (/[\p{Cc}\\]/u.test(name)) return "holds a backslash or a control character";
  if (name.startsWith("/") || /^[A-Za-z]:/.test(name)) return "is an absolute path";
  if (Buffer.byteLength(name) > LIMITS.path_bytes) return `is longer than ${LIMITS.path_bytes} bytes`;
  const parts = name.split("/");
  if (parts.length > LIMITS.depth) return `is deeper than ${LIMITS.depth} folders`;
  for (const part of parts) {
    if (part === "..") return "leads out of the plugin's folder";
    if (part === "" || part === ".") return "has an empty part";
    if (Buffer.byteLength(part) > LIMITS.name_bytes) return `has a part longer than ${LIMITS.name_bytes} bytes`;
  }
  return undefined;
}

/**
 * Sees names one after the other and says what is wrong with a set of them: two that some file system takes for one, a
 * file where another name needs a folder.
 */
export class NameSet {
  /** Folded name: as it was first given, and whether it stands for a folder. */
  readonly #seen = new Map<string, { name: string; isFolder: boolean }>();

  /** Why this name does not go with those before; undefined if it does, and then it counts. */
  add(name: string, isFolder: boolean): string | undefined {
    const parts = name.split("/");
    for (let end = 1; end <= parts.length; end++) {
      const part = parts.slice(0, end).join("/");
      const fault = this.#addOne(part, isFolder || end < parts.length, end === parts.length);
      if (fault) return fault;
    }
    return undefined;
  }

  #addOne(name: string, isFolder: boolean, isLast: boolean): string | undefined {
    const folded = name.normalize("NFC").toLowerCase();
    const before = this.#seen.get(folded);
    if (!before) {
      this.#seen.set(folded, { name, isFolder });
      return undefined;
    }
    if (before.name !== name) return `and ${quote(before.name)} are one name on some file systems`;
    if (before.isFolder !== isFolder) return `: ${quote(name)} is a file and a folder`;
    return isLast && !isFolder ? "is there twice" : undefined;
  }
}
