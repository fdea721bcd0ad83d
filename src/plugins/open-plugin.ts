// SPDX-License-Identifier: Apache-2.0
//
// Opens one version of a plugin: from a folder to a library whose components can stand in the catalogue.
import { createHash } from "node:crypto";
import { readFileSync, realpathSync, statSync } from "node:fs";
import { join, sep } from "node:path";
import type { Components } from "../native/catalog.ts";
import { triple } from "../native/engine-file.ts";
import { Library, type LibraryOptions } from "../native/library.ts";
import type { ComponentSpec } from "../pipeline/catalog.ts";
import { cannotRun, isolationOf, libraryOptions, type PluginPlaces } from "./options.ts";
import type { FoundPlugin, PluginChoice, StageNotice } from "./plugin.ts";

/** A version of a plugin whose library is open. */
export interface OpenPlugin {
  found: FoundPlugin;
  library: Library;
  components: Components;
  isolation: LibraryOptions["isolation"];
  /** Of the file as it was when it was opened. */
  sha256: string;
  /** Changes with whatever would make another opening worth while. */
  fingerprint: string;
}

export interface OpenOptions {
  /** How long it may take to register. */
  limit_ms?: number;
  /** Told the library's SHA-256; throws if that build shall not run. */
  beforeRunning?(sha256: string): void;
}

/** Throws Error with the reason; LibraryError for a library that ran and failed. */
export async function openPlugin(
  found: FoundPlugin,
  choice: PluginChoice,
  places: PluginPlaces,
  { limit_ms, beforeRunning = () => {} }: OpenOptions = {},
): Promise<OpenPlugin> {
  const reason = cannotRun(found.manifest);
  if (reason) throw new Error(reason);
  const path = libraryPath(found);
  const fingerprint = fingerprintOf(found, choice);
  const sha256 = hashOf(path);
  beforeRunning(sha256);
  const isolation = isolationOf(found, choice);
  const library = await Library.open(path, libraryOptions(found, choice, isolation, places), limit_ms);
  const { id, version } = found.manifest;
  for (const spec of allOf(library.components)) spec.plugin = { id, version };
  return { found, library, components: library.components, isolation, sha256, fingerprint };
}

/** Where the library for this machine lies. Throws Error if it is not there, or leads out of the folder. */
function libraryPath({ folder, manifest }: FoundPlugin): string {
  const name = manifest.runtime.library.replaceAll("<target-triple>", triple);
  const path = join(folder, name);
  if (!statSync(path, { throwIfNoEntry: false })?.isFile())
    throw new Error(`there is no ${name}: it was not built for this machine; \`stagebox plugin build ${folder}\` does`);
  if (!realpathSync(path).startsWith(realpathSync(folder) + sep))
    throw new Error(`${name} leads out of the plugin's folder; put the library itself there`);
  return path;
}

function hashOf(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

/** What a change of shows that there is something new to open: manifest, library file, the operator's choices. */
export function fingerprintOf(found: FoundPlugin, { trusted, granted, config }: PluginChoice): string {
  const name = found.manifest.runtime.library.replaceAll("<target-triple>", triple);
  const file = statSync(join(found.folder, name), { throwIfNoEntry: false });
  const build = file && [file.ino, file.size, file.mtimeMs];
  return JSON.stringify([found.folder, found.manifest, build, trusted === true, granted ?? {}, config ?? {}]);
}

export function allOf({ sources, stages }: Components): ComponentSpec[] {
  return [...sources, ...stages];
}

/** Stands in the catalogue for a plugin that is not there, so that pipelines that name its stages keep them. */
export function standIns(found: FoundPlugin, reason: string): Components {
  const { id, version, stages, category, name } = found.manifest;
  const spec = (notice: StageNotice): ComponentSpec => ({
    ...{ type: notice.type, name: notice.name, category, description: notice.description },
    ...{ input: notice.input, output: notice.output, params: notice.params ?? [] },
    plugin: { id, version },
    unavailable: `it is of the plugin ${name} (${id}), which ${reason}`,
  });
  return {
    sources: stages.filter(({ role }) => role === "source").map(spec),
    stages: stages.filter(({ role }) => role === "stage").map(spec),
  };
}
