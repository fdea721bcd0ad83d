// SPDX-License-Identifier: Apache-2.0
//
// What is known of the signatures of plugins that lie here. Hashing takes time, so it is done beside everything else, once
// for each state of a folder and of the trusted keys; only what is to run inside the service waits for it.
import { createHash } from "node:crypto";
import { existsSync, type Stats } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { ProblemsError } from "../../pipeline/problem.ts";
import { TOML_LIMITS } from "../../pipeline/toml.ts";
import { readFileIn } from "../discovery/plugin-files.ts";
import { MANIFEST_FILE } from "../discovery/read-plugin.ts";
import { LIMITS } from "../install/limits.ts";
import { parseManifest } from "../manifest/parse.ts";
import type { FoundPlugin, PluginChoice } from "../plugin.ts";
import { readContents } from "./contents.ts";
import { SUMS_FILE } from "./sums.ts";
import { keysStamp, readTrustedKeys } from "./trusted-keys.ts";
import { judge, type Verdict } from "./verdict.ts";

const FROM_IMAGE: Verdict = { state: "trusted", reason: "comes with this box" };

interface Known {
  stamp: string;
  verdict: Verdict;
}

export class Signatures {
  readonly #known = new Map<string, Known>();

  /** Nobody is trusted without folders of keys. */
  constructor(private readonly keyFolders: readonly string[] = []) {}

  /** As it was when it was last looked at; undefined: nobody has yet. */
  of({ origin, folder }: FoundPlugin): Verdict | undefined {
    return origin === "image" ? FROM_IMAGE : this.#known.get(folder)?.verdict;
  }

  /** Looks at it, if it is not what it was. */
  async check(found: FoundPlugin): Promise<Verdict> {
    if (found.origin === "image") return FROM_IMAGE;
    const stamp = `${keysStamp(this.keyFolders)}\n${await folderStamp(found.folder)}`;
    const known = this.#known.get(found.folder);
    if (known?.stamp === stamp) return known.verdict;
    const verdict = await this.#look(found);
    this.#known.set(found.folder, { stamp, verdict });
    return verdict;
  }

  /** Why it may not run inside the service, though somebody trusts it; undefined if it may. `found` has been checked. */
  refusal(found: FoundPlugin, { trusted }: PluginChoice): string | undefined {
    const { id, version } = found.manifest;
    const verdict = this.of(found);
    if (verdict?.state === "trusted") return undefined;
    const isOwnWork = verdict?.state === "unsigned" && found.by_hand === true;
    if (isOwnWork && trusted === "unsigned") return undefined;
    const own = `for a folder of your own: stagebox plugin enable ${id} --trust --unsigned`;
    const remedy = {
      unsigned: isOwnWork
        ? own
        : "install a signed bundle, or link your own folder: stagebox plugin install DIR --link",
      "unknown-key": "if you know whose it is: stagebox plugin trust FILE.pub",
      changed: `stagebox plugin verify ${id} tells all; install it again`,
      unseen: "try again in a moment",
    }[verdict?.state ?? "unseen"];
    const why = verdict?.reason ?? "has not been looked at yet";
    return `${id} ${version} ${why}, so it may not run inside the service; ${remedy}`;
  }

  /** Throws Error unless the library with that hash may run inside the service: it is the one that was signed. */
  insist(found: FoundPlugin, choice: PluginChoice, library: string, sha256: string): void {
    const refusal = this.refusal(found, choice);
    if (refusal !== undefined) throw new Error(refusal);
    const signed = this.of(found)?.sums;
    if (signed && signed.get(library) !== sha256)
      throw new Error(`${library} is not what was signed, so it may not run inside the service; install it again`);
  }

  async #look({ folder, manifest }: FoundPlugin): Promise<Verdict> {
    try {
      const contents = await readContents(folder);
      const verdict = judge(contents, readTrustedKeys(this.keyFolders).keys);
      if (verdict.state !== "trusted" || isManifestOf(folder, manifest, verdict)) return verdict;
      return { state: "changed", reason: `has another ${MANIFEST_FILE} than was signed` };
    } catch (error) {
      if (!(error instanceof ProblemsError)) throw error;
      return { state: "changed", reason: `cannot be looked at: ${error.message}` };
    }
  }
}

/** The manifest that was read when it was found is the signed one, and did not only lie there for a moment. */
function isManifestOf(folder: string, manifest: FoundPlugin["manifest"], { sums }: Verdict): boolean {
  const bytes = readFileIn(folder, MANIFEST_FILE, TOML_LIMITS.bytes);
  if (sums?.get(MANIFEST_FILE) !== createHash("sha256").update(bytes).digest("hex")) return false;
  return isDeepStrictEqual(parseManifest(new TextDecoder().decode(bytes), MANIFEST_FILE).manifest, manifest);
}

/** Sizes and times of all that lies below. */
async function folderStamp(folder: string): Promise<string> {
  const lines: string[] = [];
  const visit = async (path: string): Promise<void> => {
    const names = await readdir(path).catch(() => []);
    for (const name of names.sort()) {
      if (lines.length > LIMITS.entries) return;
      const stat: Stats | undefined = await lstat(join(path, name)).catch(() => undefined);
      if (!stat) continue;
      lines.push(`${join(path, name)} ${stat.ino} ${stat.size} ${stat.mtimeMs} ${stat.ctimeMs}`);
      if (stat.isDirectory()) await visit(join(path, name));
    }
  };
  // Whoever has no list of sums is not signed, however large the folder is.
  if (existsSync(join(folder, SUMS_FILE))) await visit(folder);
  return Bun.hash(lines.join("\n")).toString(36);
}
