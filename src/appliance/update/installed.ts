// SPDX-License-Identifier: Apache-2.0
//
// What is installed on this box, found as /usr/lib/stagebox/choose-app finds it.
import { readlinkSync } from "node:fs";
import { join } from "node:path";
import semver from "semver";
import { type Image, readImage } from "../image.ts";
import type { Places } from "../places.ts";
import { readText } from "../read.ts";

export interface Installed {
  image: Image;
  arch: string;
  /** Of the executable that has proved itself. */
  version: string;
  /** `1.2.3-0123456789ab`, if that executable came by update. */
  folder: string | undefined;
}

/** Undefined where this is no appliance. */
export function readInstalled(places: Places): Installed | undefined {
  const image = readImage(places);
  if (!image) return undefined;
  const folder = linkedVersion(places, "current");
  const version = folder && versionOf(folder);
  const isOwn =
    !version ||
    semver.lt(version, image.version) ||
    readText(join(places.app, IMAGE_INSTEAD)) === imageInstead(image.build, folder);
  const own = { image, arch: process.arch, version: image.version, folder: undefined };
  return isOwn ? own : { ...own, version, folder };
}

/** Says which image's own executable runs although a newer one had come by update. */
export const IMAGE_INSTEAD = "image-instead";
export const imageInstead = (build: string, folder: string): string => `${build} ${folder}`;

export type VersionLink = "current" | "trial" | "tried";

/** The folder below `versions` that a link names. */
export function linkedVersion({ app }: Places, link: VersionLink): string | undefined {
  try {
    const [, name] = /^versions\/([0-9][0-9A-Za-z.-]*)$/.exec(readlinkSync(join(app, link))) ?? [];
    return name && versionOf(name) ? name : undefined;
  } catch {
    return undefined;
  }
}

/** `1.2.3` of `1.2.3-0123456789ab`. */
export function versionOf(folder: string): string | undefined {
  return semver.valid(folder.replace(/-[^-]*$/, "")) ?? undefined;
}
