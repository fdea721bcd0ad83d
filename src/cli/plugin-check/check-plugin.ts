// SPDX-License-Identifier: Apache-2.0
//
// Everything that is demanded of a plugin, from its manifest to each call of each stage.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LibraryOptions } from "../../native/library.ts";
import type { FoundPlugin, Manifest, Permissions } from "../../plugins/plugin.ts";
import { libraryPath, libraryProblem, needsLibrary } from "../../plugins/plugin-library.ts";
import { thisMachine } from "../../plugins/versions.ts";
import { disagreements } from "./agreement.ts";
import { type CaseResult, caseResult } from "./case-result.ts";
import { checkFiles } from "./files.ts";
import { checkLibrary, type RegisteredComponent } from "./library.ts";
import { checkPipelinesOf } from "./pipelines.ts";

export interface PluginCheck {
  seed: number;
  quick: boolean;
  /** Only this one of its types. */
  stage?: string;
  signal: AbortSignal;
}

/** Every case as it is done. It has the permissions that it asks for, and an empty private folder. */
export async function* checkPlugin(plugin: FoundPlugin, check: PluginCheck): AsyncGenerator<CaseResult> {
  const { manifest, folder } = plugin;
  const { triple } = thisMachine();
  const files = checkFiles(plugin);
  yield* files;
  if (!needsLibrary(manifest) || manifest.runtime.kind !== "native" || libraryProblem(manifest, folder, triple)) return;
  const library = libraryPath(manifest, folder, triple);
  const data = mkdtempSync(join(tmpdir(), "stagebox-check-"));
  try {
    const options = optionsOf(plugin, data);
    const components: RegisteredComponent[] = [];
    let isOpen = true;
    for await (const line of checkLibrary({ ...check, library, options: optionWords(options) })) {
      if (!("case" in line)) components.push(line);
      else {
        if (line.case === "library") isOpen = line.result === "passed";
        yield line;
      }
    }
    if (!isOpen) return;
    yield caseResult("plugin.toml and library agree", disagreements(manifest.stages, components));
    if (check.stage === undefined) yield* checkPipelinesOf(plugin, library, options, check.signal);
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}

function optionsOf({ folder, manifest }: FoundPlugin, data: string): Partial<LibraryOptions> {
  const { permissions, limits, runtime } = manifest;
  const absolute = (paths: string[]) => paths.filter((path) => path.startsWith("/"));
  return {
    late: runtime.late,
    ...limits,
    permission: (["network", "processes", "threads"] satisfies (keyof Permissions)[]).filter(
      (word) => permissions[word],
    ),
    read: absolute(permissions.read),
    write: absolute(permissions.write),
    folder,
    data,
    config: JSON.stringify(defaultsOf(manifest)),
  };
}

function defaultsOf({ config }: Manifest): Record<string, unknown> {
  return Object.fromEntries(config.map(({ id, default: value }) => [id, value]));
}

function optionWords(options: Partial<LibraryOptions>): string[] {
  return Object.entries(options).flatMap(([key, value]) => [value].flat().map((one) => `${key}=${one}`));
}
