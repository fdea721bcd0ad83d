// SPDX-License-Identifier: Apache-2.0
//
// [plugins] of stagebox.toml in the data folder: what the operator decided about each plugin. A person, an older version
// or a broken card may have written it, so each part counts on its own; whoever changes what is in force takes all of a
// file or nothing. What is not known here is told, and stays where it stands.
import type { ParamValue } from "../../pipeline/catalog.ts";
import { bodyDocument } from "../../pipeline/document.ts";
import { Field } from "../../pipeline/field.ts";
import { type Problem, ProblemsError } from "../../pipeline/problem.ts";
import {
  flag,
  forgiving,
  list,
  type Notice,
  named,
  optional,
  required,
  type Shape,
  text,
  turned,
} from "../../pipeline/shape.ts";
import { suggestion } from "../../pipeline/suggest.ts";
import { readToml, type TomlDocument } from "../../pipeline/toml.ts";
import { EDITED_BYTES } from "../../pipeline/toml-edit.ts";
import { quote } from "../../pipeline/words.ts";
import { eventType, permissionPath, pluginId, pluginName, version } from "../manifest/rules.ts";
import { SNAKE_CASE, SNAKE_CASE_RULE } from "../manifest/settings.ts";
import type { Permissions, PluginChoice } from "../plugin.ts";
import { inNewestForm, SCHEMA_VERSION } from "./settings-forms.ts";

const MOST = { entries: 1000, paths: 256, settings: 128, value_chars: 65536 };

/** What the file of the same name on an appliance's card has, which sets a box up. */
const CARD_KEYS = ["hostname", "timezone", "pipeline", "board", "wifi", "access_point", "ssh", "admin", "update"];

const paths = list(permissionPath, { most: MOST.paths });
const names = list(pluginName, { most: MOST.paths });

const permissions: Shape<Partial<Permissions>> = forgiving({
  network: optional("Use sockets.", flag),
  processes: optional("Start other programs.", flag),
  threads: optional("Start threads of its own.", flag),
  log: optional("Write lines to its log.", flag),
  config: optional("Look at its settings at any time.", flag),
  watch: optional("Hear of changes in the folders that it may read.", flag),
  read: optional("Read these.", paths),
  write: optional("Read, write and create in these.", paths),
  subscribe: optional("Hear these events.", list(eventType, { most: MOST.paths })),
  publish: optional("Send these events.", names),
  services: optional("Call these services.", names),
});

/** In shape; whether it fits the plugin's setting is for whoever knows the plugin to say. */
const settingValue: Shape<ParamValue> = {
  schema: {},
  read: (field) =>
    isParamValue(field.value)
      ? field.value
      : field.refuse(`${field.name} is no value of a setting; write a number, true, false, text, or a list of them`),
};

const settings = turned(
  named(settingValue, { pattern: SNAKE_CASE, rule: SNAKE_CASE_RULE, most: MOST.settings }),
  (entries): Record<string, ParamValue> => Object.fromEntries(entries),
);

const trust: Shape<NonNullable<PluginChoice["trusted"]>> = {
  schema: { enum: [true, false, "unsigned"] },
  read: (field) =>
    typeof field.value === "boolean" || field.value === "unsigned"
      ? field.value
      : field.refuse(`${field.name} is not true or false, or "unsigned" for a folder of your own; write one of them`),
};

const CHOICE = {
  enabled: optional("Whether it runs; what nobody decided is as the plugin has it.", flag),
  artifact_path: optional(
    "The plugin's folder, where it lies in none of those where plugins are looked for.",
    text({ most: 1024, check: (path) => (path.startsWith("/") ? undefined : "is not absolute; write it from / on") }),
  ),
  watch: optional("false: what changes in its folder counts only from the next reload, or start.", flag),
  pinned: optional("Only this version runs.", version),
  trusted: optional('It may run in the service\'s own process; "unsigned": though nobody signed it.', trust),
  granted: optional("What it may do, of what it asks for.", permissions),
  config: optional("Settings that differ from their defaults.", settings),
};
/** Keys of an entry that this version knows, besides its id. */
export const CHOICE_KEYS = Object.keys(CHOICE) as (keyof PluginChoice)[];
export const PERMISSION_KEYS = Object.keys(permissions.schema.properties ?? {});

const entry = forgiving({ id: required("Which plugin it is about.", pluginId), ...CHOICE });

export interface Settings {
  choices: Map<string, PluginChoice>;
  /** What could not be used. */
  problems: Problem[];
  /** What has no effect. */
  notices: Problem[];
  /** Where a plugin's entry stands in [[plugins.entries]]. */
  index: Map<string, number>;
  document: TomlDocument;
}

/** Throws ProblemsError for what is no TOML at all. */
export function readSettings(textOfFile: string, file: string): Settings {
  const document = readToml(inNewestForm(textOfFile, file), file, EDITED_BYTES);
  const root = Field.root(document);
  const notices: Problem[] = [];
  const notice: Notice = (field, message) => notices.push({ ...document.place(field.path, "key"), message: message() });
  const choices = new Map<string, PluginChoice>();
  const index = new Map<string, number>();
  for (const key of root.keys() ?? []) if (CARD_KEYS.includes(key)) notice(root.at(key), () => cardWords(key));
  const plugins = root.at("plugins");
  for (const [position, field] of entriesOf(plugins, notice).entries()) {
    const { id, choice } = readEntry(field, notice);
    if (id === undefined) continue;
    if (choices.has(id)) field.at("id").refuse(`${quote(id)} has an entry above; write one for each plugin`);
    else {
      choices.set(id, choice);
      index.set(id, position);
    }
  }
  return { choices, problems: root.problems, notices, index, document };
}

/** As it could be written and read again. Throws ProblemsError. */
export function checkedChoice(choice: PluginChoice): PluginChoice {
  const root = Field.root(bodyDocument(JSON.parse(JSON.stringify(choice, notFinite))));
  const values = forgiving(CHOICE).read(root, (field, message) => field.refuse(message()));
  if (root.problems.length > 0) throw new ProblemsError(root.problems);
  return (values ?? {}) as PluginChoice;
}

/** JSON would make null of it, which would be taken for nothing. */
function notFinite(_: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? { [String(value)]: "" } : value;
}

function entriesOf(plugins: Field, notice: Notice): Field[] {
  if (!plugins.given) return [];
  if (Array.isArray(plugins.value)) {
    const card = "a list of what to install belongs into the stagebox.toml on the card";
    plugins.refuse(`${card}; here stands what each plugin may do: [[plugins.entries]], id = "gain"`);
    return [];
  }
  const known = ["schema_version", "entries"];
  for (const key of plugins.keys() ?? [])
    if (!known.includes(key))
      notice(plugins.at(key), () => `${quote(key)} is not known here and has no effect; ${suggestion(key, known)}`);
  const schema = plugins.at("schema_version");
  const form = schema.given ? schema.number({ minimum: 1, whole: true }) : undefined;
  if (form !== undefined && form > SCHEMA_VERSION)
    schema.refuse(`form ${form} is of a newer Stagebox; this one knows ${SCHEMA_VERSION}`);
  return plugins.at("entries").given ? (plugins.at("entries").items(MOST.entries) ?? []) : [];
}

function readEntry(field: Field, notice: Notice): { id?: string; choice: PluginChoice } {
  const { id, ...choice } = (entry.read(field, notice) ?? {}) as PluginChoice & { id?: string };
  const enabled = field.at("enabled");
  // What cannot be told to be enabled was touched by somebody, and stays off.
  const isDamaged = enabled.given && choice.enabled === undefined;
  return { ...(id !== undefined && { id }), choice: { ...choice, ...(isDamaged && { enabled: false }) } };
}

function cardWords(key: string): string {
  return `${key} has no effect here: it belongs into the stagebox.toml on the card, which sets a box up`;
}

function isParamValue(value: unknown): value is ParamValue {
  if (value === undefined || JSON.stringify(value).length > MOST.value_chars) return false;
  const isNumber = (it: unknown) => Number.isFinite(it);
  const isNumbers = (it: unknown) => Array.isArray(it) && it.every(isNumber);
  if (typeof value === "boolean" || typeof value === "string" || isNumber(value)) return true;
  if (Array.isArray(value))
    return isNumbers(value) || value.every((it) => typeof it === "string") || value.every(isNumbers);
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).every((it) => isNumbers(it) && it.length === 2);
}
