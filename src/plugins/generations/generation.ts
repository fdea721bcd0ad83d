// SPDX-License-Identifier: Apache-2.0
//
// A set of plugins as it was at a time, and what lies between two of them.
import type { PluginChoice } from "../plugin.ts";

/** One version of a plugin in the box's folder. */
export interface InstalledVersion {
  id: string;
  version: string;
  /** Below the folder of plugins: gain/1.0.0. */
  folder: string;
  /** Over all of its files; see folder-sum.ts. */
  sha256: string;
  /** Whose it was when it came: `signed by anna`. Absent: nobody's. */
  signature?: string;
}

export interface Generation {
  number: number;
  /** ISO 8601. */
  time: string;
  by: string;
  /** What is other than in the one before, in words. */
  changes: string[];
  plugins: InstalledVersion[];
  pins: Record<string, string>;
  /** What was decided when the next one began; of the last one, what is decided now. */
  choices: Record<string, PluginChoice>;
  /** The one that came back with it. */
  again?: number;
}

type Set_ = Pick<Generation, "plugins" | "pins">;

/** What happened to a plugin on the way, as the audit log has it. */
export interface SetChange {
  what: "install" | "update" | "remove" | "rebuild";
  id: string;
  before?: string;
  after?: string;
  signature?: string;
}

/** Plugins that came, went, or are another build now. */
export function setChanges(before: Set_, after: Set_): SetChange[] {
  const changes: SetChange[] = [];
  for (const now of after.plugins) {
    const same = before.plugins.find((it) => it.id === now.id && it.version === now.version);
    const older = before.plugins.findLast((it) => it.id === now.id);
    const signature = now.signature === undefined ? {} : { signature: now.signature };
    if (same && same.sha256 !== now.sha256)
      changes.push({ what: "rebuild", id: now.id, ...between(same, now), ...signature });
    else if (!same && older) changes.push({ what: "update", id: now.id, ...between(older, now), ...signature });
    else if (!same) changes.push({ what: "install", id: now.id, after: named(now), ...signature });
  }
  for (const was of before.plugins)
    if (!after.plugins.some((it) => it.id === was.id && it.version === was.version))
      changes.push({ what: "remove", id: was.id, before: named(was) });
  return changes;
}

/** In words: `gain 1.1.0 installed`, `gain pinned to 1.0.0`. Empty if it is the same set. */
export function changeWords(before: Set_, after: Set_): string[] {
  const words = setChanges(before, after).map(({ what, id, before: was, after: now, signature }) => {
    const whose = signature === undefined ? "" : `, ${signature}`;
    if (what === "remove") return `${id} ${versionIn(was)} removed`;
    if (what === "rebuild") return `${id} ${versionIn(now)} is another build${whose}`;
    return `${id} ${versionIn(now)} installed${what === "update" ? `, beside ${versionIn(was)}` : ""}${whose}`;
  });
  for (const id of new Set([...Object.keys(before.pins), ...Object.keys(after.pins)]))
    if (before.pins[id] !== after.pins[id])
      words.push(after.pins[id] === undefined ? `${id} unpinned` : `${id} pinned to ${after.pins[id]}`);
  return words;
}

function between(before: InstalledVersion, after: InstalledVersion): { before: string; after: string } {
  return { before: named(before), after: named(after) };
}

function named({ version, sha256 }: InstalledVersion): string {
  return `${version} ${sha256}`;
}

const versionIn = (words = "") => words.split(" ")[0];
