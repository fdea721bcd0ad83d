// SPDX-License-Identifier: Apache-2.0
//
// What lies in the plugin folders. Reads manifests and runs nothing; one bad plugin never stops the rest. Installing
// and removing may go on meanwhile: what is gone by the time it is read was never there.
import { type Dirent, lstatSync, readdirSync, realpathSync, statSync } from "node:fs";
import { join, sep } from "node:path";
import { type Problem, ProblemsError } from "../../pipeline/problem.ts";
import { quote } from "../../pipeline/words.ts";
import { hostTriple } from "../../triple.ts";
import { isVersion } from "../manifest/rules.ts";
import type { BrokenPlugin, FoundPlugin, Origin } from "../plugin.ts";
import type { PluginFolder } from "./folders.ts";
import { systemWords } from "./plugin-files.ts";
import { libraryProblem } from "./plugin-library.ts";
import { identityOf, MANIFEST_FILE, readPlaced } from "./read-plugin.ts";

/** More than this in one folder is a mistake, and looking at all of it would hold the box up. */
const MOST_ENTRIES = 1000;

export interface Discovery {
  found: FoundPlugin[];
  broken: BrokenPlugin[];
}

/** Where folders have the same version of the same plugin, the first of those that are built is taken. Never throws for
 * what lies in them. */
export function discover(folders: readonly PluginFolder[]): Discovery {
  const all: Discovery = { found: [], broken: [] };
  const seen = new Set<string>();
  for (const { origin, path, isPlugin } of folders) {
    const scan = new Scan(origin, all, seen);
    if (isPlugin) scan.plugin(path);
    else scan.folder(path);
  }
  return all;
}

class Scan {
  constructor(
    private readonly origin: Origin,
    private readonly all: Discovery,
    /** Real paths of the plugins looked at: two ways to one are no collision. */
    private readonly seen: Set<string>,
  ) {}

  folder(path: string): void {
    this.#attempt(path, () => {
      const entries = list(path);
      if (entries.length > MOST_ENTRIES)
        this.#refuse(path, `has ${entries.length} entries; only the first ${MOST_ENTRIES} are looked at`);
      for (const entry of entries.slice(0, MOST_ENTRIES)) {
        const inside = join(path, entry.name);
        this.#attempt(inside, () => this.#entry(inside, entry));
      }
    });
  }

  /** One that the operator named. */
  plugin(path: string): void {
    if (!isThere(path))
      this.#refuse(path, "is not there, though artifact_path in stagebox.toml names it; put it right");
    else this.#attempt(path, () => this.#plugin(path));
  }

  /** `<name>/plugin.toml`, or versions side by side. */
  #entry(path: string, entry: Dirent): void {
    if (!entry.isDirectory() && !this.#isLinkToFollow(path, entry)) return;
    if (isThere(join(path, MANIFEST_FILE))) {
      this.#plugin(path);
      return;
    }
    const versions = list(path).filter(
      (inside) => isVersion(inside.name) || isThere(join(path, inside.name, MANIFEST_FILE)),
    );
    // An image may bring more than plugins: the interfaces that they are written against.
    if (versions.length === 0 && this.origin !== "image")
      this.#refuse(path, `holds no ${MANIFEST_FILE}; a plugin is a folder with one, or with folders of versions`);
    for (const version of versions) {
      const inside = join(path, version.name);
      this.#attempt(inside, () => this.#version(path, inside, version));
    }
  }

  /** An operator may link a folder in to develop a plugin; nobody may do so in an image. */
  #isLinkToFollow(path: string, entry: Dirent): boolean {
    if (!entry.isSymbolicLink()) return false;
    const target = statSync(path, { throwIfNoEntry: false });
    if (!target) this.#refuse(path, "is a link to nothing; remove it");
    else if (target.isDirectory() && this.origin === "image")
      this.#refuse(path, "is a link; put the plugin itself into the image");
    else return target.isDirectory();
    return false;
  }

  #version(folder: string, path: string, entry: Dirent): void {
    if (!entry.isSymbolicLink()) this.#plugin(path, entry.name);
    // One that leads to its neighbour ("current") names what is found anyway.
    else if (!realpathSync(path).startsWith(realpathSync(folder) + sep))
      this.#refuse(path, "is a link that leads out of the plugin's folder; copy the version in");
  }

  #plugin(path: string, versionFolder?: string): void {
    const real = realpathSync(path);
    if (this.seen.has(real)) return;
    this.seen.add(real);
    this.#attempt(real, () => this.#add(readPlaced(real, this.origin), versionFolder));
  }

  #add({ plugin, place }: ReturnType<typeof readPlaced>, versionFolder: string | undefined): void {
    const { id, version, authors } = plugin.manifest;
    const others = this.all.found.filter((other) => other.manifest.id === id);
    const same = others.find((other) => other.manifest.version === version);
    if (same && (isBuilt(same) || !isBuilt(plugin))) {
      const remedy = "remove one of the two, or give it another id or version";
      const message = `${id} ${version} is in ${same.folder} too, which comes first; ${remedy}`;
      throw new ProblemsError([{ ...place(["id"]), message }]);
    }
    if (same) this.#giveWay(same, plugin);
    const stranger = others.find((other) => !other.manifest.authors.some((author) => authors.includes(author)));
    if (stranger) {
      const other = `what ${stranger.manifest.authors[0]} made too, in ${stranger.folder}`;
      const message = `${quote(id)} is the id of ${other}; if they are two plugins, give one another id`;
      plugin.warnings.push({ ...place(["id"]), message });
    }
    if (versionFolder !== undefined && isVersion(versionFolder) && versionFolder !== version) {
      const message = `version is ${version}, but the folder is called ${versionFolder}; rename one of the two`;
      plugin.warnings.push({ ...place(["version"]), message });
    }
    if (versionFolder === undefined) plugin.by_hand = true;
    this.all.found.push(plugin);
  }

  /** Sources that nobody has built are no reason to leave the same plugin, built, in another folder alone. */
  #giveWay(same: FoundPlugin, { folder, manifest }: FoundPlugin): void {
    const taken = `${manifest.id} ${manifest.version} in ${folder}`;
    const message = `is not built for this machine, and ${taken} is, so that one is taken; remove one of the two`;
    this.all.found.splice(this.all.found.indexOf(same), 1);
    this.#broken(same.folder, [{ file: join(same.folder, MANIFEST_FILE), field: "/id", message }], same.origin);
  }

  /** What goes wrong is told of the plugin at `path`, unless that is gone. */
  #attempt(path: string, act: () => void): void {
    try {
      act();
    } catch (error) {
      const problems = error instanceof ProblemsError ? error.problems : [{ file: path, message: systemWords(error) }];
      if (isThere(path)) this.#broken(path, problems);
    }
  }

  #refuse(path: string, message: string): void {
    this.#broken(path, [{ file: path, message }]);
  }

  #broken(folder: string, problems: readonly Problem[], origin = this.origin): void {
    this.all.broken.push({ origin, folder, ...identityOf(folder), problems: [...problems] });
  }
}

function isBuilt({ manifest, folder }: FoundPlugin): boolean {
  return libraryProblem(manifest, folder, hostTriple) === undefined;
}

/** What is not hidden, by name; unfinished installations are. */
function list(path: string): Dirent[] {
  const entries = readdirSync(path, { withFileTypes: true });
  return entries.filter(({ name }) => !name.startsWith(".")).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** A link is there, wherever it leads. */
function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}
