// SPDX-License-Identifier: Apache-2.0
//
// Opens one version of a plugin: from a folder to a library whose components can stand in the catalogue.
import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { join } from "node:path";
import type { Components } from "../../native/catalog.ts";
import { Library, type LibraryOptions, type Patience } from "../../native/library.ts";
import { hostTriple } from "../../triple.ts";
import { libraryOptions, type PluginPlaces } from "../choices/library-options.ts";
import { grantedPermissions, isolationOf } from "../choices/permissions.ts";
import { readFileIn } from "../discovery/plugin-files.ts";
import { libraryName, libraryPath, needsLibrary } from "../discovery/plugin-library.ts";
import type { FoundPlugin, PluginChoice } from "../plugin.ts";
import { Signatures } from "../signature/signatures.ts";
import { allOf, NOTHING } from "./stand-ins.ts";

/** The engine takes no larger one: SB_SEALED_MAX_BYTES. */
const LIBRARY_BYTES = 64 * 2 ** 20;

/** A version of a plugin that can be used. */
export interface OpenPlugin {
  found: FoundPlugin;
  /** Absent where it has none: presets, or a part of a console. */
  library?: Library;
  components: Components;
  isolation: LibraryOptions["isolation"];
  /** Of the file as it was when it was opened. */
  sha256: string;
  /** Changes with whatever would make another opening worth while. */
  fingerprint: string;
}

export interface OpenOptions extends Patience {
  /** Without them nobody is trusted but the image. */
  signatures?: Signatures;
  /** Told the library's SHA-256; throws if that build shall not run. */
  beforeRunning?(sha256: string): void;
}

/** Throws Error with the reason; LibraryError for a library that ran and failed. */
export async function openPlugin(
  found: FoundPlugin,
  choice: PluginChoice,
  places: PluginPlaces,
  { signatures = new Signatures(), beforeRunning = () => {}, ...patience }: OpenOptions = {},
): Promise<OpenPlugin> {
  const isolation = isolationOf(found, choice);
  const fingerprint = fingerprintOf(found, choice);
  if (!needsLibrary(found.manifest)) return { found, components: NOTHING, isolation, sha256: "", fingerprint };
  const path = libraryPath(found.manifest, found.folder, hostTriple);
  const name = libraryName(found.manifest, hostTriple);
  const bytes = readFileIn(found.folder, name, LIBRARY_BYTES);
  const sha256 = hashOf(bytes);
  if (isolation === "in-process") signatures.insist(found, choice, name, sha256);
  beforeRunning(sha256);
  const library = await Library.open({ path, bytes }, libraryOptions(found, choice, isolation, places), patience);
  const { id, version } = found.manifest;
  for (const spec of allOf(library.components)) spec.plugin = { id, version };
  return { found, library, components: library.components, isolation, sha256, fingerprint };
}

function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** What a change of shows that there is something new to open: manifest, library file, and what the operator's choices
 * come to, however they are written. */
export function fingerprintOf(found: FoundPlugin, choice: PluginChoice): string {
  const { config, permissions } = found.manifest;
  const settings = { ...Object.fromEntries(config.map((it) => [it.id, it.default])), ...choice.config };
  const file = statSync(join(found.folder, libraryName(found.manifest, hostTriple)), { throwIfNoEntry: false });
  const build = file && [file.ino, file.size, file.mtimeMs];
  const decided = [
    isolationOf(found, choice),
    grantedPermissions(permissions, choice.granted),
    Object.entries(settings).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  ];
  return JSON.stringify([found.folder, found.manifest, build, decided]);
}
