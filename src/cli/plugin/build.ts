// SPDX-License-Identifier: Apache-2.0
//
// stagebox plugin build.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileRefusal, formatProblem, ProblemsError } from "../../pipeline/problem.ts";
import { suggestion } from "../../pipeline/suggest.ts";
import { quote } from "../../pipeline/words.ts";
import { builderOf } from "../../plugins/build/builders.ts";
import { libraryName, needsLibrary } from "../../plugins/discovery/plugin-library.ts";
import { MANIFEST_FILE, readPlugin } from "../../plugins/discovery/read-plugin.ts";
import { hostTriple, TRIPLES, type Triple } from "../../triple.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Output } from "../output.ts";
import { shownPath } from "./folders.ts";

export interface BuildPluginsOptions {
  folder: string;
  /** This machine if there is none. */
  targets: readonly string[];
  /** Every plugin in the folder. */
  all: boolean;
  output: Output;
  signal: AbortSignal;
}

/** Goes on after one that cannot be built; the exit code says whether all could. */
export async function buildPlugins({ folder, targets, all, output, signal }: BuildPluginsOptions): Promise<ExitCode> {
  const triples = targets.length > 0 ? targets.map(tripleOf) : [hostTriple];
  const folders = all ? pluginsIn(folder) : [folder];
  let failures = 0;
  for (const plugin of folders) {
    for (const target of new Set(triples)) {
      try {
        output.line(await build(plugin, target, all, signal));
      } catch (error) {
        if (!(error instanceof ProblemsError)) throw error;
        failures++;
        for (const problem of error.problems) console.error(`${all ? `${plugin}: ` : ""}${formatProblem(problem)}`);
      }
      await output.ready();
    }
  }
  return failures > 0 ? EXIT.failed : EXIT.ok;
}

/** `onlyChanged`: what is newer than all that it is made of stays as it is. */
async function build(folder: string, target: Triple, onlyChanged: boolean, signal: AbortSignal): Promise<string> {
  if (!existsSync(join(folder, MANIFEST_FILE)))
    throw new ProblemsError([
      { file: folder, message: `holds no ${MANIFEST_FILE}; go to a plugin's folder, or name it` },
    ]);
  const { manifest, warnings } = readPlugin(folder, "box");
  for (const problem of warnings) console.error(`warning: ${formatProblem(problem)}`);
  if (!needsLibrary(manifest)) return `${manifest.id} ${manifest.version} has nothing to build`;
  const builder = builderOf(manifest);
  if (onlyChanged && builder.isUpToDate(folder, manifest, target)) {
    const warning = target === hostTriple ? await builder.inspect(folder, manifest) : undefined;
    if (warning) console.error(`warning: ${folder}: ${warning}`);
    return `${manifest.id} ${manifest.version} for ${target} is up to date`;
  }
  const tell = (text: string) => process.stderr.write(text);
  const built = await builder.build(folder, manifest, { target, signal, tell });
  if (!built)
    return `${manifest.id} ${manifest.version}: ${libraryName(manifest, target)} is sound, and there is nothing to build`;
  const { file, bytes, warning } = built;
  if (warning) console.error(`warning: ${warning}`);
  return `${shownPath(file)}: ${manifest.id} ${manifest.version}, ${Math.ceil(bytes / 1024)} KB`;
}

function tripleOf(target: string): Triple {
  const known = TRIPLES.find((triple) => triple === target);
  if (known) return known;
  throw new ProblemsError([{ message: `--target ${quote(target)} is not known; ${suggestion(target, TRIPLES)}` }]);
}

function pluginsIn(folder: string): string[] {
  const names = existsSync(folder) ? readdirSync(folder).sort() : [];
  const found = names.map((name) => join(folder, name)).filter((path) => existsSync(join(path, MANIFEST_FILE)));
  if (found.length > 0) return found;
  throw fileRefusal(folder, "holds no plugins; name a folder whose folders do");
}
