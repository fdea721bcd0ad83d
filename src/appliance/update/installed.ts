// SPDX-License-Identifier: Apache-2.0
//
// What is installed on this box, by the word of /usr/lib/stagebox/choose-app, which has also seen whether it is whole.
import { readlinkSync } from "node:fs";
import { join } from "node:path";
import semver from "semver";
import { type Image, readImage } from "../image.ts";
import type { Places } from "../places.ts";

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
  const executable = readLink(join(places.run_system, "committed"));
  const folder = linkedVersion(places, "current");
  const version = folder && versionOf(folder);
  const own = { image, arch: process.arch, version: image.version, folder: undefined };
  return version && executable === executableIn(folder, places) ? { ...own, version, folder } : own;
}

/** What came by update. */
export function executableIn(folder: string, { app }: Places): string {
  return join(app, "versions", folder, EXECUTABLE);
}

export const EXECUTABLE = "stagebox";

/** Says which image's own executable runs although a newer one had come by update. */
export const IMAGE_INSTEAD = "image-instead";
export const imageInstead = (build: string, folder: string): string => `${build} ${folder}`;

export type VersionLink = "current" | "trial" | "tried";

/** The folder below `versions` that a link names. */
export function linkedVersion({ app }: Places, link: VersionLink): string | undefined {
  const [, name] = /^versions\/([0-9][0-9A-Za-z.-]*)$/.exec(readLink(join(app, link)) ?? "") ?? [];
  return name && versionOf(name) ? name : undefined;
}

/** Undefined where there is no link. */
export function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** `1.2.3` of `1.2.3-0123456789ab`. */
export function versionOf(folder: string): string | undefined {
  return semver.valid(folder.replace(/-[^-]*$/, "")) ?? undefined;
}
