// SPDX-License-Identifier: Apache-2.0
//
// A set of plugins on its way to another box: a folder with plugins.lock, which names each version and the sum of its files,
// and those files beside it. What they may do does not travel: that is for whoever owns the other box to say.
import { cpSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { bodyDocument } from "../../pipeline/document.ts";
import { Field } from "../../pipeline/field.ts";
import { fileRefusal, type Problem, ProblemsError } from "../../pipeline/problem.ts";
import { anything, list, named, optional, required, table, text } from "../../pipeline/shape.ts";
import { writeAtomic } from "../../store/atomic-file.ts";
import { checkedChoice } from "../choices/settings.ts";
import { PLUGIN_ID, PLUGIN_ID_RULE, pluginId, version } from "../manifest/rules.ts";
import type { PluginChoice } from "../plugin.ts";
import { folderSum } from "./folder-sum.ts";
import type { Generation } from "./generation.ts";

const LOCK_FILE = "plugins.lock";
const MOST = { plugins: 1000, bytes: 2 ** 20 };

/** What of a choice travels. */
export type Travelling = Pick<PluginChoice, "enabled" | "pinned" | "config">;

export interface LockedSet {
  plugins: { id: string; version: string; folder: string }[];
  choices: Map<string, Travelling>;
}

const LOCK = table({
  plugins: required(
    "The versions.",
    list(
      table({
        id: required("The plugin.", pluginId),
        version: required("Its version.", version),
        sha256: required("Over its files.", text({ pattern: /^[0-9a-f]{64}$/, rule: "is not a SHA-256" })),
      }),
      { most: MOST.plugins },
    ),
  ),
  choices: optional(
    "What is decided about them.",
    named(anything, { pattern: PLUGIN_ID, rule: PLUGIN_ID_RULE, most: MOST.plugins }),
    [],
  ),
});

/** Writes the set that is in use into `folder`, which is new or empty. `plugins`: where its builds lie. */
export async function writeLock({ plugins: set, choices }: Generation, plugins: string, folder: string): Promise<void> {
  const file = join(folder, LOCK_FILE);
  if (existsSync(file)) throw fileRefusal(file, "is there already; name another folder");
  mkdirSync(folder, { recursive: true });
  for (const each of set) cpSync(join(plugins, each.folder), join(folder, nameOf(each)), { recursive: true });
  const travelling = set.map(({ id }) => [id, travels(choices[id] ?? {})] as const);
  const lock = {
    plugins: set.map(({ id, version, sha256 }) => ({ id, version, sha256 })),
    choices: Object.fromEntries(travelling),
  };
  await writeAtomic(file, `${JSON.stringify(lock, null, 2)}\n`);
}

/** What such a folder holds, each build as it was when it was locked. Throws ProblemsError with all that is not. */
export async function readLock(folder: string): Promise<LockedSet> {
  const file = join(folder, LOCK_FILE);
  if (!existsSync(file)) throw fileRefusal(folder, `holds no ${LOCK_FILE}; stagebox plugin lock DIR makes one`);
  const lock = parsed(readFileSync(file, "utf8"), file);
  const problems: Problem[] = [];
  const plugins: LockedSet["plugins"] = [];
  for (const { sha256, ...each } of lock.plugins) {
    const path = join(folder, nameOf(each));
    const sum = existsSync(path) ? await folderSum(path) : undefined;
    if (sum !== sha256) problems.push({ file: path, message: sum ? "is not what was locked" : "is not there" });
    plugins.push({ ...each, folder: path });
  }
  if (problems.length > 0) throw new ProblemsError(problems);
  return {
    plugins,
    choices: new Map(lock.choices.map(([id, choice]) => [id, travels(checkedChoice(choice as PluginChoice))])),
  };
}

function parsed(content: string, file: string): NonNullable<ReturnType<typeof LOCK.read>> {
  let value: unknown;
  try {
    if (content.length > MOST.bytes) throw fileRefusal(file, "is larger than any lock file");
    value = JSON.parse(content);
  } catch (error) {
    throw error instanceof ProblemsError ? error : fileRefusal(file, "is no JSON; write it with stagebox plugin lock");
  }
  const { place } = bodyDocument(value);
  const root = Field.root({ value, place: (path) => ({ file, ...place(path) }) });
  const lock = LOCK.read(root, (field, message) => field.refuse(message(), "key"));
  root.settle();
  return lock as NonNullable<typeof lock>;
}

function travels({ enabled, pinned, config }: PluginChoice): Travelling {
  return { ...(enabled !== undefined && { enabled }), ...(pinned && { pinned }), ...(config && { config }) };
}

function nameOf({ id, version }: { id: string; version: string }): string {
  return `${id}-${version}`;
}
