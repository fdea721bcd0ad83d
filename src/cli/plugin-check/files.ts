// SPDX-License-Identifier: Apache-2.0
//
// What can be said of a plugin's folder without running any of it.
import { statSync } from "node:fs";
import { parsePatch } from "../../pipeline/patch.ts";
import { formatProblem, ProblemsError } from "../../pipeline/problem.ts";
import { fileIn } from "../../plugins/discovery/plugin-files.ts";
import { libraryProblem } from "../../plugins/discovery/plugin-library.ts";
import { incompatibility, thisMachine } from "../../plugins/discovery/versions.ts";
import type { FoundPlugin } from "../../plugins/plugin.ts";
import { readPresetFile } from "../../plugins/preset.ts";
import { type CaseResult, caseResult } from "./case-result.ts";

export function checkFiles(plugin: FoundPlugin): CaseResult[] {
  const { manifest, folder, warnings } = plugin;
  const machine = thisMachine();
  const presets = manifest.presets.map(({ file }) => presetProblems(folder, file));
  return [
    caseResult(
      "manifest",
      warnings.map(({ field, message }) => [field, message].filter(Boolean).join(": ")),
    ),
    caseResult("fits this version", [incompatibility(plugin, machine)].flatMap(words)),
    caseResult("library for this machine", [libraryProblem(manifest, folder, machine.triple)].flatMap(words)),
    caseResult("README.md", readmeProblems(folder)),
    ...(presets.length > 0 ? [caseResult("presets", presets.flat())] : []),
  ];
}

const words = (reason: string | undefined): string[] => (reason === undefined ? [] : [reason]);

function readmeProblems(folder: string): string[] {
  const readme = statSync(fileIn(folder, "README.md"), { throwIfNoEntry: false });
  return readme?.isFile() ? [] : ["there is no README.md; say in a page what the plugin does, and how to use it"];
}

/** A preset is a list of edits, as the API takes them. */
function presetProblems(folder: string, file: string): string[] {
  try {
    parsePatch(readPresetFile(folder, file));
    return [];
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    return error.problems.map((problem) => formatProblem({ ...problem, file }));
  }
}
