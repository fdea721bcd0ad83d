// SPDX-License-Identifier: Apache-2.0
//
// Where a replayed file lies among the granted folders, and what belongs to it: the files of its name with other endings.
import { grants, listDir, readMetadata } from "stagebox:plugin/filesystem@0.1.0";

/** Undefined: in none of them. */
export function placeOf(file) {
  for (const grant of grants()) {
    const path = pathIn(grant, file);
    if (path === undefined || !isFile(grant, path)) continue;
    const at = path.lastIndexOf("/");
    return { grant, path, folder: path.slice(0, Math.max(0, at)) };
  }
  return undefined;
}

/** A pipeline names a recording from the box's recordings on, from the folder on in which these lie, or from / on. */
function pathIn(grant, file) {
  if (grant === "recordings") return file.replace(/^(.*\/)?recordings\//, "");
  return file.startsWith(`${grant}/`) ? file.slice(grant.length + 1) : undefined;
}

function isFile(grant, path) {
  try {
    return readMetadata(grant, path).kind === "file";
  } catch {
    return false;
  }
}

/** 100.dat belongs to 100.hea. Both paths begin in the granted folder. */
export function isOf({ path }, other) {
  return stemOf(other) === stemOf(path);
}

function stemOf(path) {
  return path.replace(/\.[^./]*$/, "");
}

/** All that belongs to it; undefined: the file itself is not there. */
export function bytesOf(place) {
  const { grant, path, folder } = place;
  if (!isFile(grant, path)) return undefined;
  const paths = listDir(grant, folder).map(({ name }) => (folder === "" ? name : `${folder}/${name}`));
  const own = paths.filter((it) => isOf(place, it));
  return own.reduce((sum, it) => sum + Number(readMetadata(grant, it).size), 0);
}
