// SPDX-License-Identifier: Apache-2.0
/**
 * Writes plugins/MANIFEST.md, the reference of plugin.toml, from the description that its checks are made from
 * (src/plugins/manifest/description.ts).
 */
import { join } from "node:path";
import type { Schema } from "../src/pipeline/shape.ts";
import { manifestSchema } from "../src/plugins/manifest/parse.ts";

export const manifestPath = join(import.meta.dir, "../plugins/MANIFEST.md");

export function generate(): string {
  const root = manifestSchema();
  const [plain, tables] = [entriesOf(root, false), entriesOf(root, true)];
  return [
    "# plugin.toml",
    "",
    "Made by `npm run manifest`: change `src/plugins/manifest/description.ts`, not this file.",
    "The JSON schema of the same is at `/api/plugins/schema`; keys that are not listed here are warned about and have no",
    "effect. Keys marked * must be there.",
    "",
    ...rows(plain, root),
    ...tables.flatMap(([key, schema]) => section(key, schema)),
  ].join("\n");
}

function entriesOf({ properties = {} }: Schema, tables: boolean): [string, Schema][] {
  return Object.entries(properties).filter(([, schema]) => isTable(schema) === tables);
}

/** Something with a header of its own. */
function isTable(schema: Schema): boolean {
  return schema.type === "object" || inside(schema).type === "object";
}

/** What a list's members, or a table's entries under names of the author's own, look like. */
function inside(schema: Schema): Schema {
  return (schema.items ?? schema.additionalProperties ?? {}) as Schema;
}

function section(header: string, schema: Schema): string[] {
  const isList = schema.type === "array";
  const isNamed = schema.additionalProperties !== undefined;
  const members = isList || isNamed ? inside(schema) : schema;
  const own = isNamed && members.properties ? `${header}.<name>` : header;
  return [
    `## \`${isList ? `[[${own}]]` : `[${own}]`}\``,
    "",
    schema.description ?? "",
    "",
    ...(members.properties ? rows(entriesOf(members, false), members) : [`Each value: ${typeWords(members)}.`, ""]),
    ...entriesOf(members, true).flatMap(([key, it]) => section(`${own}.${key}`, it)),
  ];
}

function rows(entries: [string, Schema][], { required = [] }: Schema): string[] {
  const cells = entries.map(([key, schema]) => [
    `\`${key}\`${required.includes(key) ? " *" : ""}`,
    typeWords(schema),
    schema.default === undefined || schema.default === "" ? "" : `\`${JSON.stringify(schema.default)}\``,
    (schema.description ?? "").replaceAll("<", "&lt;"),
  ]);
  const table = [["key", "value", "default", "what it is"], ["---", "---", "---", "---"], ...cells];
  return [...table.map((row) => `| ${row.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`), ""];
}

function typeWords(schema: Schema): string {
  const { type, minimum, maximum, examples } = schema;
  const choices = schema.enum as string[] | undefined;
  if (choices) return choices.map((choice) => `\`${choice}\``).join(", ");
  if (type === "array") return `list of ${typeWords(inside(schema))}`;
  if (type === "string") return `text${Array.isArray(examples) ? `, as \`${examples[0]}\`` : ""}`;
  if (type === "boolean") return "true or false";
  if (schema.$ref !== undefined) return "JSON schema";
  if (type === undefined) return "by kind";
  const kind = type === "integer" ? "whole number" : "number";
  return minimum === undefined ? kind : `${kind}, ${minimum} to ${maximum}`;
}

if (import.meta.main) await Bun.write(manifestPath, generate());
