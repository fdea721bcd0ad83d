// SPDX-License-Identifier: Apache-2.0
//
// An index of the bundles in a folder, which then can be served, or copied onto a stick, as it is.
import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { compareBuild } from "semver";
import { type Problem, ProblemsError } from "../../pipeline/problem.ts";
import { TRIPLES } from "../../triple.ts";
import { contentsOf, readBundle } from "../bundle/bundle.ts";
import { readFileIn } from "../discovery/plugin-files.ts";
import { libraryName, needsLibrary } from "../discovery/plugin-library.ts";
import { MANIFEST_FILE } from "../discovery/read-plugin.ts";
import { LIMITS } from "../install/limits.ts";
import { KINDS } from "../manifest/kinds.ts";
import { parseManifest } from "../manifest/parse.ts";
import type { Manifest } from "../plugin.ts";
import { SUMS_FILE } from "../signature/sums.ts";
import { judge } from "../signature/verdict.ts";
import {
  INDEX_BYTES,
  INDEX_FILE,
  type Index,
  type IndexedPlugin,
  type IndexedVersion,
  parseIndex,
} from "./index-file.ts";
import { foldRatings, RATINGS_FOLDER } from "./ratings.ts";

const MOST_DEPTH = 3;

interface Bundle {
  manifest: Manifest;
  version: IndexedVersion;
}

export interface MadeIndex {
  index: Index;
  warnings: Problem[];
}

/** Throws ProblemsError with all bundles that cannot be listed. */
export function makeIndex(folder: string, now: Date): MadeIndex {
  const problems: Problem[] = [];
  const bundles: Bundle[] = [];
  for (const address of bundlesIn(folder))
    try {
      bundles.push(readOne(folder, address));
    } catch (error) {
      if (!(error instanceof ProblemsError)) throw error;
      problems.push(...error.problems);
    }
  const { ratings, problems: warnings } = foldRatings(join(folder, RATINGS_FOLDER));
  const plugins = [...Map.groupBy(bundles, ({ manifest }) => manifest.id)].map(([id, all]) => {
    problems.push(...doubles(folder, id, all));
    return pluginOf(all, ratings.get(id));
  });
  for (const { manifest, version } of bundles)
    if (!version.key)
      warnings.push({ file: version.address, message: `${manifest.id} ${manifest.version} is not signed by anybody` });
  if (bundles.length === 0 && problems.length === 0)
    problems.push({ file: folder, message: "holds no bundles; make some with stagebox plugin pack" });
  if (problems.length > 0) throw new ProblemsError(problems);
  plugins.sort((a, b) => (a.id < b.id ? -1 : 1));
  return { index: { schema: 1, made: laterThan(folder, now), plugins }, warnings };
}

function bundlesIn(folder: string): string[] {
  const found: string[] = [];
  const visit = (below: string, depth: number): void => {
    for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
      const name = below === "" ? entry.name : `${below}/${entry.name}`;
      if (entry.name.startsWith(".")) continue;
      if (entry.isDirectory() && depth > 1) visit(name, depth - 1);
      else if (entry.isFile() && entry.name.endsWith(".zip")) found.push(name);
    }
  };
  visit("", MOST_DEPTH);
  return found.sort();
}

function readOne(folder: string, address: string): Bundle {
  const file = join(folder, address);
  const zip = readFileIn(folder, address, LIMITS.packed_bytes);
  const files = readBundle(zip, file);
  const refuse = (message: string) => new ProblemsError([{ file, message: `${message}; see stagebox plugin pack` }]);
  const manifestBytes = files.get(MANIFEST_FILE)?.data;
  if (!manifestBytes || !files.has(SUMS_FILE)) throw refuse(`holds no ${manifestBytes ? SUMS_FILE : MANIFEST_FILE}`);
  const { state, reason, key } = judge(contentsOf(files), []);
  if (state === "changed") throw refuse(reason);
  const { manifest } = parseManifest(new TextDecoder().decode(manifestBytes), `${file}/${MANIFEST_FILE}`);
  const { version, runtime, requires, dependencies, build } = manifest;
  const isCompiled = KINDS[runtime.kind].adapter === undefined;
  return {
    manifest,
    version: {
      ...{ version, address, bytes: zip.length, kind: runtime.kind, dependencies, ...requires },
      sha256: createHash("sha256").update(zip).digest("hex"),
      machines: TRIPLES.filter((triple) => !needsLibrary(manifest) || files.has(libraryName(manifest, triple))),
      builds:
        isCompiled &&
        build.sources.some((pattern) => [...files.keys()].some((name) => new Bun.Glob(pattern).match(name))),
      ...(key && { key: key.id }),
    },
  };
}

/** Of all versions the newest says what it is. */
function pluginOf(bundles: Bundle[], rating: IndexedPlugin["rating"]): IndexedPlugin {
  const sorted = bundles.toSorted((a, b) => compareBuild(b.version.version, a.version.version));
  const { id, name, description, authors, license, type, category, capabilities } = (sorted[0] as Bundle).manifest;
  return {
    ...{ id, name, description, authors, license, type, category, capabilities },
    versions: sorted.map(({ version }) => version),
    ...(rating && { rating }),
  };
}

function doubles(folder: string, id: string, bundles: readonly Bundle[]): Problem[] {
  const byVersion = Map.groupBy(bundles, ({ version }) => version.version);
  return [...byVersion].flatMap(([version, [first, second]]) => {
    if (!first || !second) return [];
    const message = `is ${id} ${version}, and so is ${first.version.address}; remove one of the two`;
    return [{ file: join(folder, second.version.address), message }];
  });
}

/** Boxes take no index that is older than one they have seen, so a clock that was set back must not make one. */
function laterThan(folder: string, now: Date): string {
  const before = existsSync(join(folder, INDEX_FILE)) ? readFileIn(folder, INDEX_FILE, INDEX_BYTES) : undefined;
  const last = before ? Date.parse(parseIndex(before, join(folder, INDEX_FILE)).made) : 0;
  return new Date(Math.max(now.getTime(), last + 1)).toISOString();
}
