// SPDX-License-Identifier: Apache-2.0
//
// index.json: which plugins there are, where their bundles lie beside it, and what each bundle is to the byte. Any web
// server or USB stick can hold it, since whoever keeps it has signed it.
import { type Document, pointer } from "../../pipeline/document.ts";
import { Field } from "../../pipeline/field.ts";
import { fileRefusal } from "../../pipeline/problem.ts";
import {
  choice,
  flag,
  list,
  named,
  number,
  optional,
  required,
  table,
  text,
  turned,
  uniqueIds,
} from "../../pipeline/shape.ts";
import { TRIPLES } from "../../triple.ts";
import { nameFault } from "../install/entry-name.ts";
import { LIMITS } from "../install/limits.ts";
import { abiVersion, PLUGIN_ID, PLUGIN_ID_RULE, pluginId, version, versionRange } from "../manifest/rules.ts";
import { PLUGIN_TYPES } from "../plugin.ts";

export const INDEX_FILE = "index.json";
export const INDEX_SIGNATURE = `${INDEX_FILE}.minisig`;
/** Whoever reads it does nothing else meanwhile. */
export const INDEX_BYTES = 2 * 2 ** 20;
const MOST = { plugins: 5000, versions: 64, words: 32, dependencies: 64, ratings: 1e9 };
export const STARS = { least: 1, most: 5 };

const words = (most: number) => list(text({ most }), { most: MOST.words });
const whole = (minimum: number, maximum: number) => number({ minimum, maximum, whole: true });
export const time = text({
  pattern: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
  check: (value) => (Number.isNaN(Date.parse(value)) ? "is no time" : undefined),
  rule: "is no time; write 2030-01-02T03:04:05.678Z",
  most: 32,
});

const indexedVersion = table({
  version: required("Its version.", version),
  address: required("Where its bundle lies, from the index on.", text({ check: nameFault, most: LIMITS.path_bytes })),
  bytes: required("How many bytes that has.", whole(1, LIMITS.packed_bytes)),
  sha256: required("And which.", text({ pattern: /^[0-9a-f]{64}$/, rule: "is no SHA-256", most: 64 })),
  kind: required("What runs it.", text({ most: 32 })),
  stagebox: optional("Versions of Stagebox it runs with.", versionRange),
  abi: optional("Version of the ABI that it was written for.", abiVersion),
  dependencies: optional(
    "Plugins it needs.",
    turned(
      named(versionRange, { pattern: PLUGIN_ID, rule: PLUGIN_ID_RULE, most: MOST.dependencies }),
      (ranges): Record<string, string> => Object.fromEntries(ranges),
    ),
    {},
  ),
  machines: optional("Machines that it runs on as it is.", list(choice(TRIPLES), { most: TRIPLES.length }), []),
  builds: optional("Whether it can be built where it brings none.", flag, false),
  key: optional(
    "That it says it is signed with.",
    text({ pattern: /^[0-9A-F]{16}$/, rule: "is no key's id", most: 16 }),
  ),
});

const indexedPlugin = table({
  id: required("The plugin's id.", pluginId),
  name: required("What people call it.", text({ most: 64 })),
  description: required("What it is for.", text({ most: 1024 })),
  authors: required("Who made it.", words(128)),
  license: required("Under which terms.", text({ most: 128 })),
  type: required("What kind of thing it is.", choice(PLUGIN_TYPES)),
  category: required("What it has to do with.", text({ most: 64 })),
  capabilities: optional("What it brings.", words(64), []),
  versions: required("The newest first.", list(indexedVersion, { least: 1, most: MOST.versions })),
  rating: optional(
    "What those think who signed a rating and gave it to the keeper.",
    table({
      mean: required("Of all.", number({ minimum: STARS.least, maximum: STARS.most })),
      count: required("How many.", whole(1, MOST.ratings)),
    }),
  ),
});

const index = table({
  schema: required("Of this file.", whole(1, 1)),
  made: required("When it was made; a box takes none that is older than one it has seen.", time),
  plugins: required("By id.", turned(list(indexedPlugin, { most: MOST.plugins }), uniqueIds)),
});

type Read<S> = S extends { read(...args: never[]): infer T | undefined } ? NonNullable<T> : never;
export type Index = Read<typeof index>;
export type IndexedPlugin = Index["plugins"][number];
export type IndexedVersion = IndexedPlugin["versions"][number];

/** Throws ProblemsError with all that is wrong. */
export function parseIndex(bytes: Uint8Array, file: string): Index {
  return readJson(bytes, file, index);
}

/** A JSON file of this shape; keys that a newer version may know are passed over. Throws ProblemsError. */
export function readJson<T>(
  bytes: Uint8Array,
  file: string,
  shape: { read(field: Field, notice: () => void): T | undefined },
): T {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw fileRefusal(file, "is no JSON in UTF-8");
  }
  const document: Document = { value, place: (path) => ({ file, field: pointer(path) }) };
  const field = Field.root(document);
  const read = shape.read(field, () => {});
  field.settle();
  return read as T;
}
