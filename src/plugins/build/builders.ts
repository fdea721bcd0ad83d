// SPDX-License-Identifier: Apache-2.0
//
// How the code of each kind of plugin is made, and looked over without running any of it.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { hostTriple, type Triple } from "../../triple.ts";
import { libraryName } from "../discovery/plugin-library.ts";
import { kindOf } from "../manifest/kinds.ts";
import type { Manifest } from "../plugin.ts";
import { type BuildOptions, type BuiltLibrary, buildPlugin, hasSources, isUpToDate } from "./build.ts";
import { buildComponent, checkComponent, isComponentUpToDate } from "./component.ts";
import { checkLibrary } from "./library-check.ts";
import { checkPython } from "./python-check.ts";
import { checkScript } from "./script-check.ts";

export interface Builder {
  /** Undefined where there is nothing to make. Throws ProblemsError, or the reason of the signal. */
  build(folder: string, manifest: Manifest, options: BuildOptions): Promise<BuiltLibrary | undefined>;
  /** Nothing that it is made of has changed. */
  isUpToDate(folder: string, manifest: Manifest, target: Triple): boolean;
  /** It is not there, and could be made. */
  isMissing(folder: string, manifest: Manifest): boolean;
  /** What an author should know. Throws ProblemsError for what could not run. */
  inspect(folder: string, manifest: Manifest): Promise<string | undefined>;
}

const native: Builder = {
  build: buildPlugin,
  isUpToDate,
  isMissing: (folder, manifest) =>
    !existsSync(join(folder, libraryName(manifest, hostTriple))) && hasSources(folder, manifest),
  async inspect(folder, manifest) {
    const name = libraryName(manifest, hostTriple);
    return existsSync(join(folder, name)) ? checkLibrary(join(folder, name), name) : undefined;
  },
};

/** What is run as it is written is only looked at. */
function written(check: (folder: string, manifest: Manifest, signal?: AbortSignal) => Promise<void> | void): Builder {
  return {
    async build(folder, manifest, { signal }) {
      await check(folder, manifest, signal);
      return undefined;
    },
    isUpToDate: () => false,
    isMissing: () => false,
    async inspect(folder, manifest) {
      await check(folder, manifest);
      return undefined;
    },
  };
}

const wasm: Builder = {
  build: buildComponent,
  isUpToDate: isComponentUpToDate,
  isMissing: (folder, manifest) =>
    !existsSync(join(folder, libraryName(manifest, hostTriple))) && hasSources(folder, manifest),
  async inspect(folder, manifest) {
    await checkComponent(folder, manifest);
    return undefined;
  },
};

/** By how the name of what is run ends. */
const BUILDERS: Record<string, Builder> = {
  ".so": native,
  ".py": written(checkPython),
  ".ts": written(checkScript),
  ".wasm": wasm,
  ".toml": written(() => {}), // what is run lies elsewhere
};

/** Of a plugin that this version can run. */
export function builderOf(manifest: Manifest): Builder {
  const { extension } = kindOf(manifest);
  const builder = BUILDERS[extension];
  if (!builder) throw new Error(`nothing makes ${extension}`);
  return builder;
}
