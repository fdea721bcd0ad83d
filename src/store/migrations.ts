// SPDX-License-Identifier: Apache-2.0
//
// The forms that files in the data folder have had.
import { existsSync, readFileSync } from "node:fs";
import { rename } from "node:fs/promises";
import { ProblemsError } from "../pipeline/problem.ts";
import { readToml } from "../pipeline/toml.ts";
import { EDITED_BYTES } from "../pipeline/toml-edit.ts";
import { inlineToml, tomlKey } from "../pipeline/toml-value.ts";
import { writeAtomic } from "./atomic-file.ts";
import type { Migration } from "./data-format.ts";
import type { DataFolder } from "./folder.ts";

const PLUGINS = "plugins.json";
const STATE = "plugin-state.json";
const SETTINGS = "stagebox.toml";

/** What was decided about plugins stood in plugins.json, and what happened to them, too. Now a person may write the one
 * (stagebox.toml), and the other is the box's own (plugin-state.json). Whoever reads them checks what is in them. */
const pluginSettings: Migration = {
  to: 2,
  files: [PLUGINS, `${PLUGINS}.bak`, STATE, SETTINGS],
  async up(folder: DataFolder) {
    const path = folder.file(PLUGINS);
    if (!existsSync(path)) return;
    const entries = Object.entries(pluginsIn(readFileSync(path, "utf8")));
    const decided = entries.flatMap(([id, entry]) => settingsOf(id, entry));
    // Who wrote one already knows what it shall say.
    if (decided.length > 0 && !existsSync(folder.file(SETTINGS)))
      await writeAtomic(folder.file(SETTINGS), ["[plugins]\nschema_version = 1\n", ...decided].join("\n"), 0o600);
    const happened = entries.map(([id, { crashes, quarantine }]) => [id, { crashes, quarantine }]);
    if (happened.length > 0)
      await writeAtomic(folder.file(STATE), JSON.stringify({ plugins: Object.fromEntries(happened) }), 0o600);
    await rename(path, `${path}.bak`);
  },
};

/** In the order of their numbers, without a gap. */
export const MIGRATIONS: readonly Migration[] = [pluginSettings];

type Entry = { [key: string]: unknown };

function pluginsIn(text: string): { [id: string]: Entry } {
  try {
    const { plugins } = JSON.parse(text);
    return Object.fromEntries(Object.entries(plugins as object).map(([id, entry]) => [id, entryOf(entry)]));
  } catch {
    return {}; // it is kept as it is, for whoever knows what it was
  }
}

/** What was touched, and cannot be told to be enabled, stays off. */
function entryOf(value: unknown): Entry {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Entry) : { enabled: false };
}

function settingsOf(id: string, { crashes: _, quarantine: __, ...choice }: Entry): string[] {
  const pairs = Object.entries(choice).filter(([, value]) => value !== null);
  if (pairs.length === 0) return [];
  const head = `[[plugins.entries]]\nid = ${inlineToml(id)}\n`;
  try {
    const text = `${head}${pairs.map(([key, value]) => `${tomlKey(key)} = ${inlineToml(value)}\n`).join("")}`;
    readToml(text, SETTINGS, EDITED_BYTES);
    return [text];
  } catch (error) {
    // Of a value that TOML has no word for, or that is nested without end.
    if (error instanceof TypeError || error instanceof ProblemsError) return [`${head}enabled = false\n`];
    throw error;
  }
}
