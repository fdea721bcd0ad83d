// SPDX-License-Identifier: Apache-2.0
//
// One plugin's folder: its manifest, and whether the files that it names stay inside. Runs nothing.
import { existsSync, realpathSync } from "node:fs";
import { basename, join } from "node:path";
import type { Document, Path } from "../../pipeline/document.ts";
import { type Problem, ProblemsError } from "../../pipeline/problem.ts";
import { readToml, TOML_LIMITS } from "../../pipeline/toml.ts";
import { type ParsedManifest, parseManifest } from "../manifest/parse.ts";
import { isPluginId, isVersion } from "../manifest/rules.ts";
import type { FoundPlugin, Origin } from "../plugin.ts";
import { fileIn, readTextIn } from "./plugin-files.ts";
import { ABI_MAJOR, ABI_MINOR } from "./versions.ts";

export const MANIFEST_FILE = "plugin.toml";

/** The plugin in a folder, which exists. Throws ProblemsError. */
export function readPlugin(folder: string, origin: Origin): FoundPlugin {
  return readPlaced(folder, origin).plugin;
}

/** The same, with where in its manifest something stands. */
export function readPlaced(folder: string, origin: Origin): { plugin: FoundPlugin; place: Document["place"] } {
  const real = realpathSync(folder);
  const file = join(real, MANIFEST_FILE);
  const parsed = parseManifest(readTextIn(real, MANIFEST_FILE, TOML_LIMITS.bytes), file);
  const { problems, missing } = checkFiles(real, parsed);
  if (problems.length > 0) throw new ProblemsError(problems);
  const warnings = [...parsed.warnings, ...newerAbi(parsed), ...missing];
  return { plugin: { origin, folder: real, manifest: parsed.manifest, warnings }, place: parsed.place };
}

/** What a plugin with problems calls itself, as far as it can be told; else its folder's name. */
export function identityOf(folder: string): { id: string; version?: string } {
  let given: { id?: unknown; version?: unknown } = {};
  try {
    given = readToml(readTextIn(folder, MANIFEST_FILE, TOML_LIMITS.bytes), "").value as typeof given;
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
  }
  const { id, version } = given;
  return {
    id: typeof id === "string" && isPluginId(id) ? id : basename(folder),
    ...(typeof version === "string" && isVersion(version) && { version }),
  };
}

/** Another major is no use; another minor is, without what is newer. */
function newerAbi({ manifest: { requires }, place }: ParsedManifest): Problem[] {
  const [major, minor = 0] = (requires.abi ?? "").split(".").map(Number);
  if (major !== ABI_MAJOR || minor <= ABI_MINOR) return [];
  const here = `this Stagebox has ${ABI_MAJOR}.${ABI_MINOR}`;
  const message = `was written for ABI ${requires.abi}, ${here}: what is newer will be missing`;
  return [{ ...place(["requires", "abi"]), message }];
}

/** Files that the manifest names: those that lead out of the folder, and those that are not there. */
function checkFiles(folder: string, { manifest, place }: ParsedManifest): { problems: Problem[]; missing: Problem[] } {
  const { presets, ui } = manifest;
  const named: [Path, string][] = presets.map(({ file }, index) => [["presets", index, "file"], file]);
  if (ui) named.push([["ui", "bundle"], ui.bundle]);
  if (ui?.icon !== undefined) named.push([["ui", "icon"], ui.icon]);

  const problems: Problem[] = [];
  const missing: Problem[] = [];
  for (const [path, file] of named) {
    try {
      if (!existsSync(fileIn(folder, file))) missing.push({ ...place(path), message: `there is no ${file}; add it` });
    } catch (error) {
      if (!(error instanceof ProblemsError)) throw error;
      problems.push(...error.problems.map(({ message }) => ({ ...place(path), message })));
    }
  }
  return { problems, missing };
}
