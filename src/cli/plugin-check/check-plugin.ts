// SPDX-License-Identifier: Apache-2.0
//
// Everything that is demanded of a plugin, from its manifest to each call of each stage.
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LibraryOptions } from "../../native/library.ts";
import { ProblemsError } from "../../pipeline/problem.ts";
import { suggestion } from "../../pipeline/suggest.ts";
import { builderOf } from "../../plugins/build/builders.ts";
import { hasClasses, libraryProblem, needsLibrary } from "../../plugins/discovery/plugin-library.ts";
import { thisMachine } from "../../plugins/discovery/versions.ts";
import { libraryToOpen, stageOptions } from "../../plugins/lifecycle/open-plugin.ts";
import type { FoundPlugin } from "../../plugins/plugin.ts";
import { disagreements } from "./agreement.ts";
import { type CaseResult, caseResult, skippedCase } from "./case-result.ts";
import { checkFiles } from "./files.ts";
import { checkLibrary, type RegisteredComponent } from "./library.ts";
import { checkMainPart } from "./main-part.ts";
import { checkPipelinesOf } from "./pipelines.ts";

export interface PluginCheck {
  seed: number;
  quick: boolean;
  /** Only this one of its types. */
  stage?: string;
  /** What can be said while none of it is run. */
  dry_run?: boolean;
  signal: AbortSignal;
}

/** Every case as it is done. It has the permissions that it asks for, and an empty private folder. */
export async function* checkPlugin(plugin: FoundPlugin, check: PluginCheck): AsyncGenerator<CaseResult> {
  const { manifest, folder } = plugin;
  const { triple } = thisMachine();
  const files = checkFiles(plugin);
  yield* files;
  if (!needsLibrary(manifest) || libraryProblem(manifest, folder, triple)) return;
  if (check.dry_run) return yield await inspected(plugin);
  if (manifest.main && check.stage === undefined) yield await checkMainPart(plugin, check.signal);
  if (!hasClasses(manifest)) return;
  const library = libraryToOpen(plugin);
  const data = mkdtempSync(join(tmpdir(), "stagebox-check-"));
  chmodSync(data, 0o711); // the sandbox's user gets a folder in it
  try {
    const choice = { enabled: true, granted: manifest.permissions };
    const places = { plugin_data: data };
    const options = await stageOptions({ found: plugin, choice, places }, manifest.runtime.isolation).catch(refusal);
    if ("case" in options) return yield options;
    const components: RegisteredComponent[] = [];
    let isOpen = true;
    let isSound = true;
    for await (const line of checkLibrary({ ...check, library, options: optionWords(options) })) {
      if (!("case" in line)) components.push(line);
      else {
        if (line.case === "library") isOpen = line.result === "passed";
        isSound &&= line.result !== "failed";
        yield line;
      }
    }
    if (!isOpen) return;
    yield caseResult("plugin.toml and library agree", disagreements(manifest.stages, components));
    if (check.stage !== undefined) {
      const types = components.map(({ type }) => type);
      if (!types.includes(check.stage))
        yield caseResult("stage", [`the library registers no ${check.stage}; ${suggestion(check.stage, types)}`]);
      return;
    }
    // In this process too, where it asks for that: what has just fallen over is not let in.
    if (isSound) yield* checkPipelinesOf(plugin, library, options, check.signal);
    else yield skippedCase("pipelines", "not run, since the library failed");
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}

/** The library, or what is run in its place, as its file has it. */
async function inspected({ folder, manifest }: FoundPlugin): Promise<CaseResult> {
  try {
    return { ...caseResult("library", []), reason: (await builderOf(manifest).inspect(folder, manifest)) ?? "" };
  } catch (error) {
    return refusal(error);
  }
}

/** Of a component that cannot be run. */
function refusal(error: unknown): CaseResult {
  if (!(error instanceof ProblemsError)) throw error;
  return caseResult(
    "library",
    error.problems.map(({ message }) => message),
  );
}

function optionWords(options: Partial<LibraryOptions>): string[] {
  return Object.entries(options).flatMap(([key, value]) => [value].flat().map((one) => `${key}=${one}`));
}
