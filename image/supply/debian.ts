// SPDX-License-Identifier: Apache-2.0
//
// What is installed in a Debian root file system, by dpkg's own books, with the licences that its copyright files name.
import { existsSync, lstatSync, readFileSync, readlinkSync } from "node:fs";
import { basename, join } from "node:path";
import type { Component } from "./component.ts";

export function debianComponents(root: string): Component[] {
  return readFileSync(join(root, "var/lib/dpkg/status"), "utf8")
    .split("\n\n")
    .filter((entry) => /^Status: install ok installed$/m.test(entry))
    .map((entry) => {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(entry)?.[1];
      const name = field("Package") ?? "";
      const text = copyright(root, name);
      const source = field("Source");
      return {
        kind: "deb",
        name,
        version: field("Version") ?? "",
        arch: field("Architecture") ?? "all",
        ...(source && { source }),
        supplier: field("Maintainer") ?? "Debian",
        licences: text ? licences(text) : [],
        ...(text && { text }),
      };
    });
}

/** Some packages share another's folder by a link. */
function copyright(root: string, name: string): string | undefined {
  const doc = join(root, "usr/share/doc");
  let folder = join(doc, name);
  if (!existsSync(folder)) return undefined;
  if (lstatSync(folder).isSymbolicLink()) folder = join(doc, basename(readlinkSync(folder)));
  try {
    return readFileSync(join(folder, "copyright"), "utf8");
  } catch {
    return undefined;
  }
}

/**
 * By the machine-readable format's `License:` lines; older files point at Debian's own copies of the usual ones. Of
 * alternatives both are named: who passes the image on is on the safe side.
 */
function licences(text: string): string[] {
  const named = [...text.matchAll(/^License:[ \t]*(\S.*?)\s*$/gm)].map((match) => match[1] as string);
  const pointed = [...text.matchAll(/common-licenses\/([A-Za-z0-9.-]*[A-Za-z0-9])/g)].map(
    (match) => match[1] as string,
  );
  const names = (named.length > 0 ? named : pointed).flatMap((name) => name.split(/,? and |,? or |\/or |, /));
  return [...new Set(names)].sort();
}
