// SPDX-License-Identifier: Apache-2.0
//
// Opens one version of a plugin: from a folder to a library whose components can stand in the catalogue.
import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Components } from "../../native/catalog.ts";
import { Library, type LibraryOptions, type Patience } from "../../native/library.ts";
import { programPath } from "../../native/program.ts";
import { fileRefusal } from "../../pipeline/problem.ts";
import { hostTriple } from "../../triple.ts";
import { libraryOptions, mainOptions, type PluginPlaces } from "../choices/library-options.ts";
import { grantedPermissions, isolationOf } from "../choices/permissions.ts";
import { readFileIn } from "../discovery/plugin-files.ts";
import { codeFiles, hasClasses, libraryName, libraryPath, mainScript } from "../discovery/plugin-library.ts";
import { kindOf } from "../manifest/kinds.ts";
import type { FoundPlugin, Permissions, PluginChoice } from "../plugin.ts";
import { Signatures } from "../signature/signatures.ts";
import { componentFile, type MadeFor } from "./component-program.ts";
import { allOf, NOTHING } from "./stand-ins.ts";

/** The engine takes no larger one: SB_SEALED_MAX_BYTES. */
const LIBRARY_BYTES = 64 * 2 ** 20;

/** A version of a plugin that can be used. */
export interface OpenPlugin {
  found: FoundPlugin;
  /** Absent where it has none: presets, or a part of a console. */
  library?: Library;
  /** Its main part, which has registered and waits. Whoever takes it over closes it. */
  main?: Library;
  components: Components;
  isolation: LibraryOptions["isolation"];
  /** What it may do. */
  granted: Permissions;
  /** Of the file as it was when it was opened. */
  sha256: string;
  /** Changes with whatever would make another opening worth while. */
  fingerprint: string;
}

export interface OpenOptions extends Patience {
  /** Without them nobody is trusted but the image. */
  signatures?: Signatures;
  /** Its main part is wanted, too. */
  withMain?: boolean;
  /** Told the library's SHA-256; throws if that build shall not run. */
  beforeRunning?(sha256: string): void;
}

/** Throws Error with the reason; LibraryError for a library that ran and failed. */
export async function openPlugin(
  found: FoundPlugin,
  choice: PluginChoice,
  places: PluginPlaces,
  { signatures = new Signatures(), withMain = false, beforeRunning = () => {}, ...patience }: OpenOptions = {},
): Promise<OpenPlugin> {
  const isolation = isolationOf(found, choice);
  const granted = grantedPermissions(found.manifest.permissions, choice.granted);
  const fingerprint = fingerprintOf(found, choice);
  const hasStages = hasClasses(found.manifest);
  const hasMain = withMain && found.manifest.main !== undefined;
  if (!hasStages && !hasMain) return { found, components: NOTHING, isolation, granted, sha256: "", fingerprint };
  const { file, sha256, component } = codeOf(found);
  if (isolation === "in-process") signatures.insist(found, choice, libraryName(found.manifest, hostTriple), sha256);
  beforeRunning(sha256);
  const made = { found, choice, places, signal: patience.signal };
  const library = hasStages
    ? await Library.open(file, await stageOptions(made, isolation, component), patience)
    : undefined;
  const components = library?.components ?? NOTHING;
  const { id, version } = found.manifest;
  for (const spec of allOf(components)) spec.plugin = { id, version };
  const opened = { found, ...(library && { library }), components, isolation, granted, sha256, fingerprint };
  if (!hasMain) return opened;
  try {
    const options = mainOptions(found, choice, places, mainScript(found.manifest, found.folder));
    if (component) Object.assign(options, inItsPlace(await componentFile(component, "plugin", made)));
    return { ...opened, main: await Library.open(file, options, patience) };
  } catch (error) {
    library?.close();
    throw error;
  }
}

/** What is run in a component's place; of the plugin's own folder it needs nothing. */
function inItsPlace(file: string): Partial<LibraryOptions> {
  return { file, folder: dirname(file) };
}

/** How the engine is to run its stages. Throws ProblemsError. */
export async function stageOptions(
  made: MadeFor,
  isolation: LibraryOptions["isolation"],
  component: Uint8Array | undefined = codeOf(made.found).component,
): Promise<Partial<LibraryOptions>> {
  const options = libraryOptions(made.found, made.choice, isolation, made.places);
  return component ? { ...options, ...inItsPlace(await componentFile(component, "stage", made)) } : options;
}

/** What the engine opens for it: the very bytes that were looked at, or the adapter of its language; and the SHA-256 of its
 * code, of several files that of what sha256sum would say of them. Throws ProblemsError if they lie outside of the folder. */
function codeOf({ folder, manifest }: FoundPlugin): {
  file: string | { path: string; bytes: Uint8Array };
  sha256: string;
  /** In WebAssembly. */
  component?: Uint8Array;
} {
  const { adapter, isLent } = kindOf(manifest);
  const files = codeFiles(manifest, folder, hostTriple).map((name) => {
    const bytes = readFileIn(folder, name, LIBRARY_BYTES);
    return { name, bytes, sum: hash(bytes) };
  });
  const [first] = files;
  if (!first) throw fileRefusal(folder, "has no code");
  const sha256 = files.length === 1 ? first.sum : hash(files.map(({ name, sum }) => `${sum}  ${name}\n`).join(""));
  const path = libraryToOpen({ folder, manifest });
  const component = isLent && files.find(({ name }) => name === libraryName(manifest, hostTriple))?.bytes;
  return { file: adapter === undefined ? { path, bytes: first.bytes } : path, sha256, ...(component && { component }) };
}

/** Throws ProblemsError if it lies outside of the folder. */
export function libraryToOpen({ folder, manifest }: Pick<FoundPlugin, "folder" | "manifest">): string {
  const { adapter } = kindOf(manifest);
  return adapter === undefined ? libraryPath(manifest, folder, hostTriple) : programPath(adapter);
}

function hash(content: Uint8Array | string): string {
  return createHash("sha256").update(content).digest("hex");
}

/** What a change of shows that there is something new to open: manifest, files of its code, and what the operator's choices
 * come to, however they are written. */
export function fingerprintOf(found: FoundPlugin, choice: PluginChoice): string {
  const { config, permissions } = found.manifest;
  const settings = { ...Object.fromEntries(config.map((it) => [it.id, it.default])), ...choice.config };
  const build = codeFiles(found.manifest, found.folder, hostTriple).map((name) => {
    const file = statSync(join(found.folder, name), { throwIfNoEntry: false });
    return file && [name, file.ino, file.size, file.mtimeMs];
  });
  const decided = [
    isolationOf(found, choice),
    grantedPermissions(permissions, choice.granted),
    Object.entries(settings).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  ];
  return JSON.stringify([found.folder, found.manifest, build, decided]);
}
