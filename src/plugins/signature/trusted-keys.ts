// SPDX-License-Identifier: Apache-2.0
//
// Whose plugins may run inside the service: the holders of the keys that came with the box, and of those that its admin
// put into the data folder. Each is a public key file of minisign, called NAME.pub.
import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { type Problem, ProblemsError } from "../../pipeline/problem.ts";
import type { DataFolder } from "../../store/folder.ts";
import { readTextIn } from "../discovery/plugin-files.ts";
import { MINISIGN_FILE_BYTES } from "./minisign-text.ts";
import { type PublicKey, readPublicKey } from "./public-key.ts";

export const KEY_NAME = /^[A-Za-z0-9][\w.@+-]{0,63}$/;
const SUFFIX = ".pub";
const IMAGE_FOLDER = "/usr/share/stagebox/trusted-keys";

export interface TrustedKey extends PublicKey {
  name: string;
  /** Where it lies. */
  file: string;
}

export function keyFolders(data: DataFolder): string[] {
  return [data.trusted_keys, IMAGE_FOLDER];
}

/** One bad file does not take the others' trust away. */
export function readTrustedKeys(folders: readonly string[]): { keys: TrustedKey[]; problems: Problem[] } {
  const keys: TrustedKey[] = [];
  const problems: Problem[] = [];
  for (const folder of folders)
    for (const name of keyNames(folder)) {
      const file = join(folder, `${name}${SUFFIX}`);
      try {
        keys.push({ ...readPublicKey(readTextIn(folder, basename(file), MINISIGN_FILE_BYTES), file), name, file });
      } catch (error) {
        if (!(error instanceof ProblemsError)) throw error;
        problems.push(...error.problems);
      }
    }
  return { keys, problems };
}

/** Changes when they do. */
export function keysStamp(folders: readonly string[]): string {
  const files = folders.flatMap((folder) => keyNames(folder).map((name) => join(folder, `${name}${SUFFIX}`)));
  return files
    .map((file) => {
      const stat = statSync(file, { throwIfNoEntry: false });
      return `${file} ${stat?.ino} ${stat?.size} ${stat?.mtimeMs} ${stat?.ctimeMs}`;
    })
    .join("\n");
}

function keyNames(folder: string): string[] {
  const files = existsSync(folder) ? readdirSync(folder) : [];
  return files
    .filter((file) => file.endsWith(SUFFIX))
    .map((file) => file.slice(0, -SUFFIX.length))
    .filter((name) => KEY_NAME.test(name))
    .sort();
}
