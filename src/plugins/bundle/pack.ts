// SPDX-License-Identifier: Apache-2.0
//
// A plugin's folder as a bundle. What is hidden, or made by tools on the way, is its author's and stays at home.
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { type Problem, ProblemsError } from "../../pipeline/problem.ts";
import { TRIPLES, type Triple } from "../../triple.ts";
import { libraryName, needsLibrary } from "../discovery/plugin-library.ts";
import { MANIFEST_FILE, readPlugin } from "../discovery/read-plugin.ts";
import { readFolder } from "../install/copy-folder.ts";
import { KINDS } from "../manifest/kinds.ts";
import type { Manifest } from "../plugin.ts";
import { isSecretKey } from "../signature/secret-key.ts";
import { SIGNATURE_FILE, SUMS_FILE } from "../signature/sums.ts";
import { type BundleFile, withSums, writeBundle } from "./bundle.ts";

const MADE_BY_TOOLS = ["node_modules", "__pycache__"];
const SECRET = "is a secret key, which everybody would have who has the bundle; keep it outside of the plugin's folder";

export interface Packed {
  manifest: Manifest;
  /** `gain-1.0.0.zip` */
  name: string;
  zip: Uint8Array;
  files: number;
  warnings: Problem[];
}

/** Throws ProblemsError with all that is wrong with it. */
export function packPlugin(folder: string): Packed {
  const { manifest, warnings } = readPlugin(folder, "box");
  const files = new Map<string, BundleFile>();
  readFolder(folder, isPartOfIt, {
    folder() {},
    file: (name, data, isExecutable) => files.set(name, { data, isExecutable }),
  });
  const secrets = [...files].filter(([, { data }]) => isSecretKey(data));
  if (secrets.length > 0) throw new ProblemsError(secrets.map(([file]) => ({ file, message: SECRET })));
  const name = `${manifest.id}-${manifest.version}.zip`;
  const zip = writeBundle(withSums(files), name);
  return { manifest, name, zip, files: files.size, warnings: [...warnings, ...missingCode(folder, manifest)] };
}

function isPartOfIt(path: string): boolean {
  const name = basename(path);
  // A box reads nothing that is hidden, and no plugin wants the bundles that were made of it.
  if (name.startsWith(".") || MADE_BY_TOOLS.includes(name)) return false;
  return ![SUMS_FILE, SIGNATURE_FILE].includes(path) && !(name === path && name.endsWith(".zip"));
}

/** What is run, for all machines on which it could be. */
function missingCode(folder: string, manifest: Manifest): Problem[] {
  if (!needsLibrary(manifest)) return [];
  const missing = TRIPLES.filter((triple) => !existsSync(join(folder, libraryName(manifest, triple))));
  const words = (triple: Triple) =>
    KINDS[manifest.runtime.kind].adapter === undefined
      ? `there is no library for ${triple}, and what is built there is nothing that you signed: stagebox plugin build --target ${triple}`
      : `there is no ${libraryName(manifest, triple)}, which is what is run: no box installs this`;
  return [...new Set(missing.map(words))].map((message) => ({ file: MANIFEST_FILE, message }));
}
