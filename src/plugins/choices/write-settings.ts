// SPDX-License-Identifier: Apache-2.0
//
// Brings stagebox.toml to say what is decided now, touching nothing else in it.
import { isDeepStrictEqual } from "node:util";
import type { Path } from "../../pipeline/document.ts";
import { readToml } from "../../pipeline/toml.ts";
import { EDITED_BYTES, editToml } from "../../pipeline/toml-edit.ts";
import type { PluginChoice } from "../plugin.ts";
import { CHOICE_KEYS, PERMISSION_KEYS } from "./settings.ts";
import { inNewestForm, SCHEMA_VERSION } from "./settings-forms.ts";

const HEADING = `# What is decided about the plugins of this box. Stagebox writes it, and so may you, while it runs, too: it takes over
# what you save, and leaves comments, order and whatever it does not know as they are. A mistake changes nothing and is
# told by \`stagebox plugin list\`. (The stagebox.toml on an appliance's card is another file: it sets a box up.)

[plugins]
schema_version = ${SCHEMA_VERSION}
`;

type Entry = { [key: string]: unknown };

/** The text with these choices, and no others, in it. Throws ProblemsError for text that is no TOML. */
export function writeSettings(text: string, choices: ReadonlyMap<string, PluginChoice>): string {
  let written = withSchema(inNewestForm(text, ""));
  for (let index = entriesOf(written).length - 1; index >= 0; index--) {
    const { id } = entriesOf(written)[index] ?? {};
    if (typeof id === "string" && !choices.has(id)) written = editToml(written, [...ENTRIES, index], undefined);
  }
  let entries = entriesOf(written);
  for (const [id, choice] of choices) {
    const found = entries.findIndex((entry) => entry.id === id);
    const index = found < 0 ? entries.length : found;
    if (found < 0) {
      written = editToml(written, [...ENTRIES, index], JSON.parse(JSON.stringify({ id, ...choice })));
      entries = entriesOf(written);
      continue;
    }
    const before = entries[index] ?? {};
    for (const key of CHOICE_KEYS)
      written = bring(written, [...ENTRIES, index, key], before[key], choice[key], key === "granted");
  }
  return written;
}

const ENTRIES = ["plugins", "entries"] as const;

function withSchema(text: string): string {
  if (text.trim() === "") return HEADING;
  const { plugins } = readToml(text, "", EDITED_BYTES).value as { plugins?: { schema_version?: unknown } };
  return plugins?.schema_version === undefined ? editToml(text, ["plugins", "schema_version"], SCHEMA_VERSION) : text;
}

function entriesOf(text: string): Entry[] {
  const { plugins } = readToml(text, "", EDITED_BYTES).value as { plugins?: { entries?: unknown } };
  return Array.isArray(plugins?.entries) ? (plugins.entries as Entry[]) : [];
}

/** A table is brought there key by key, so that what stands beside a key stays. */
function bring(text: string, path: Path, before: unknown, after: unknown, isGranted: boolean): string {
  if (isDeepStrictEqual(before, after)) return text;
  if (!isTable(before) || !isTable(after)) return editToml(text, path, after);
  const keys = new Set([...Object.keys(before).filter((key) => !isGranted || PERMISSION_KEYS.includes(key))]);
  for (const key of Object.keys(after)) keys.add(key);
  let written = text;
  for (const key of keys) written = editToml(written, [...path, key], after[key]);
  return written;
}

function isTable(value: unknown): value is Entry {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
