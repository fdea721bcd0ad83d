// SPDX-License-Identifier: Apache-2.0
//
// A plugin from anywhere into a folder of plugins. Everything happens in a hidden folder beside the others, what is
// there is checked there, and one step puts it in place: until then nothing has changed, and afterwards all has.
import { existsSync, lstatSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileRefusal, type Problem, ProblemsError } from "../../pipeline/problem.ts";
import { megabytes } from "../../pipeline/words.ts";
import { withoutSecrets } from "../../store/web-file.ts";
import { builderOf } from "../build/builders.ts";
import { needsLibrary } from "../discovery/plugin-library.ts";
import { MANIFEST_FILE, readPlugin } from "../discovery/read-plugin.ts";
import { incompatibility, thisMachine } from "../discovery/versions.ts";
import type { FoundPlugin, Manifest } from "../plugin.ts";
import { readArchive, unpack } from "./archive.ts";
import { copyFolder } from "./copy-folder.ts";
import { download } from "./download.ts";
import { archiveOfRepository } from "./git.ts";
import { LIMITS } from "./limits.ts";
import { type Source, sourceOf } from "./source.ts";
import { Staging } from "./staging.ts";

export interface InstallOptions {
  /** The folder of plugins that it goes into. */
  plugins: string;
  signal: AbortSignal;
  /** Hears what a compiler says. */
  tell: (text: string) => void;
  /** Tries it out where it lies, before it is put in place. Throws ProblemsError to keep it out. */
  preflight: (plugin: FoundPlugin, signal: AbortSignal, source: Source) => Promise<void>;
  /** May take a build that was replaced out of its folder, which goes otherwise. */
  keep?: (folder: string) => Promise<unknown>;
  /** Is given what puts all in place, and does it, for whoever keeps account of what is installed. */
  account?: (place: () => Promise<void>) => Promise<void>;
}

export interface Installed {
  manifest: Manifest;
  folder: string;
  /** This version was there already. */
  replaced: boolean;
  /** The library was made from the sources. */
  built: boolean;
  warnings: Problem[];
}

/** Installs what `typed` leads to. Throws ProblemsError, or the reason of `signal`. */
export async function installPlugin(typed: string, options: InstallOptions): Promise<Installed> {
  const [installed] = await installTogether([sourceOf(typed)], options);
  return installed as Installed;
}

/** All of them, or none: each has been fetched, built and tried before the first is put in place. */
export async function installTogether(sources: readonly Source[], options: InstallOptions): Promise<Installed[]> {
  const staging = new Staging(options.plugins);
  try {
    const ready: Installed[] = [];
    for (const [at, source] of sources.entries()) ready.push(await prepare(source, staging, at, options));
    options.signal.throwIfAborted();
    let installed: Installed[] = [];
    const { account = (place) => place() } = options;
    await account(async () => {
      installed = await placeAll(ready, staging, options);
    });
    return installed;
  } finally {
    staging.discard();
  }
}

/** `folder`: where it lies for the moment. */
async function prepare(source: Source, staging: Staging, at: number, options: InstallOptions): Promise<Installed> {
  const fresh = staging.sub(`new-${at}`);
  await fetchInto(fresh, source, staging, options.signal);
  const folder = pluginIn(fresh, nameOf(source));
  const plugin = namedAfter(source, fresh, () => readPlugin(folder, "box"));
  const { manifest, warnings } = plugin;
  refuseReplacing(manifest, options.plugins);
  const { built, warning } = await withLibrary(plugin, options, true);
  await options.preflight(plugin, options.signal, source);
  const replaced = existsSync(join(options.plugins, manifest.id, manifest.version));
  const all = [...warnings.map((it) => ({ ...it, file: MANIFEST_FILE })), ...(warning ? [{ message: warning }] : [])];
  return { manifest, folder, replaced, built, warnings: all };
}

async function placeAll(ready: readonly Installed[], staging: Staging, { keep }: InstallOptions): Promise<Installed[]> {
  const placed: { place: string; old?: string }[] = [];
  try {
    for (const { folder, manifest } of ready) placed.push(await staging.place(folder, manifest.id, manifest.version));
  } catch (error) {
    for (const each of placed.toReversed()) await staging.putBack(each);
    throw error;
  }
  for (const { old } of placed) if (old !== undefined) await keep?.(old);
  return ready.map((each, at) => ({ ...each, folder: placed[at]?.place ?? each.folder }));
}

async function fetchInto(folder: string, source: Source, staging: Staging, signal: AbortSignal): Promise<void> {
  if (source.kind === "folder") return copyFolder(source.path, folder);
  const name = nameOf(source);
  const zip = await zipOf(source, staging, signal);
  unpack(zip, readArchive(zip, name), folder, name);
}

async function zipOf(source: Exclude<Source, { kind: "folder" }>, staging: Staging, signal: AbortSignal) {
  if (source.kind === "bundle") return source.zip;
  if (source.kind === "zip") return readZip(source.path);
  if (source.kind === "download") return download(source.address, signal);
  return archiveOfRepository(source.address, staging.sub("clone"), signal);
}

function readZip(path: string): Uint8Array {
  const { size } = statSync(path);
  if (size > LIMITS.packed_bytes)
    throw fileRefusal(path, `is larger than ${megabytes(LIMITS.packed_bytes)}, which no packed plugin is`);
  return readFileSync(path);
}

function nameOf(source: Source): string {
  if (source.kind === "bundle") return source.name;
  return "path" in source ? source.path : withoutSecrets(source.address);
}

/** Packed plugins often lie in a folder of their own. */
function pluginIn(folder: string, name: string): string {
  if (existsSync(join(folder, MANIFEST_FILE))) return folder;
  const entries = readdirSync(folder);
  const inner = join(folder, entries[0] ?? "");
  if (entries.length === 1 && existsSync(join(inner, MANIFEST_FILE))) return inner;
  throw fileRefusal(name, `holds no ${MANIFEST_FILE}; a plugin is a folder with one`);
}

/** Problems name the file as it is called where it comes from, not where it lies for the moment. */
function namedAfter<T>(source: Source, staged: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    const rename = (file: string) => file.replace(staged, nameOf(source).replace(/\/$/, ""));
    throw new ProblemsError(error.problems.map((it) => ({ ...it, ...(it.file && { file: rename(it.file) }) })));
  }
}

/** What somebody put there by hand, or linked in, is not ours to write into. */
function refuseReplacing({ id }: Manifest, plugins: string): void {
  const folder = join(plugins, id);
  const isLink = lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink();
  if (!isLink && !existsSync(join(folder, MANIFEST_FILE))) return;
  const what = isLink ? "is a link" : "was put there by hand";
  throw fileRefusal(folder, `${what}; first take it away: stagebox plugin remove ${id}`);
}

/** Makes the library where it is missing. What this machine could not run stays out. `warning`: what its author should
 * know. */
export async function withLibrary(
  plugin: FoundPlugin,
  { signal, tell }: InstallOptions,
  isStrangers = false,
): Promise<{ built: boolean; warning?: string | undefined }> {
  const { folder, manifest } = plugin;
  const builder = builderOf(manifest);
  const built = builder.isMissing(folder, manifest)
    ? await builder.build(folder, manifest, { signal, tell, isStrangers })
    : undefined;
  const problem = incompatibility(plugin, thisMachine());
  if (problem) throw fileRefusal(`${manifest.id} ${manifest.version}`, problem);
  if (built) return { built: true, warning: built.warning };
  return { built: false, warning: needsLibrary(manifest) ? await builder.inspect(folder, manifest) : undefined };
}
