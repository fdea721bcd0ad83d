// SPDX-License-Identifier: Apache-2.0
//
// The forms that [plugins] of stagebox.toml has had. An older one is read as if it were written in the newest, and is
// written so when something is decided the next time; whatever a form does not speak of stays as it stands.
import { readToml } from "../../pipeline/toml.ts";
import { EDITED_BYTES, editToml } from "../../pipeline/toml-edit.ts";

/** Brings the text of one form to the next, by editToml. */
export type FormChange = (text: string) => string;

/** From form 1 to 2, from 2 to 3 ... */
const CHANGES: readonly FormChange[] = [];

/** Of [plugins] as this version writes it. */
export const SCHEMA_VERSION = CHANGES.length + 1;

/** The text in the newest form; one that is newer still, or none at all, is left as it is. `changes` are for tests. Throws
 * ProblemsError for what is no TOML. */
export function inNewestForm(text: string, file: string, changes = CHANGES): string {
  const { plugins } = readToml(text, file, EDITED_BYTES).value as { plugins?: { schema_version?: unknown } };
  const form = plugins?.schema_version ?? 1;
  if (typeof form !== "number" || !Number.isInteger(form) || form < 1 || form > changes.length) return text;
  const brought = changes.slice(form - 1).reduce((older, change) => change(older), text);
  return editToml(brought, ["plugins", "schema_version"], changes.length + 1);
}
