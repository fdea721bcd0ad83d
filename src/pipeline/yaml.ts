// SPDX-License-Identifier: Apache-2.0
//
// Writes plain data as YAML the way people write pipelines: an entry a line, `{ id: notch, type: notch }`, and block
// style where a line would grow too long. (The yaml library pads `[ 8, 13 ]` as it pads maps, and folds where it likes.)

const LINE_CHARS = 120;
/** Text that reads the same without quotes; everything else is written as JSON, which is YAML too. */
const PLAIN = /^(?!(?:true|false|null)$)[a-z_][a-z0-9_.+/-]*(?: [a-z0-9_+/][a-z0-9_.+/-]*)*$/i;

/** A map, a key a line. Keys without a value (undefined) are left out. */
export function writeYaml(value: object): string {
  return block(value, "");
}

function block(value: object, indent: string): string {
  return entries(value)
    .map(([key, inner]) => `${indent}${scalar(key)}:${inside(inner, indent, indent.length + key.length + 2)}`)
    .join("");
}

/** What stands behind a key: on its line if it fits there, else below it. */
function inside(value: unknown, indent: string, column: number): string {
  if (typeof value !== "object" || value === null) return ` ${scalar(value)}\n`;
  const line = flow(value);
  const isListOfMaps = Array.isArray(value) && typeof value[0] === "object" && !Array.isArray(value[0]);
  if (!isListOfMaps && column + line.length <= LINE_CHARS) return ` ${line}\n`;
  if (!Array.isArray(value)) return `\n${block(value, `${indent}  `)}`;
  return `\n${value.map((item) => listItem(item, `${indent}  `)).join("")}`;
}

function listItem(value: unknown, indent: string): string {
  const line = flow(value);
  const isShort = indent.length + 2 + line.length <= LINE_CHARS && !line.includes("[{");
  if (isShort || typeof value !== "object" || value === null || Array.isArray(value)) return `${indent}- ${line}\n`;
  return `${indent}- ${block(value, `${indent}  `).trimStart()}`;
}

function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(", ")}]`;
  if (typeof value !== "object" || value === null) return scalar(value);
  const pairs = entries(value).map(([key, inner]) => `${scalar(key)}: ${flow(inner)}`);
  return pairs.length > 0 ? `{ ${pairs.join(", ")} }` : "{}";
}

function entries(map: object): [string, unknown][] {
  return Object.entries(map).filter(([, value]) => value !== undefined);
}

function scalar(value: unknown): string {
  return typeof value === "string" && PLAIN.test(value) ? value : JSON.stringify(value);
}
