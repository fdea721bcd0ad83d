// SPDX-License-Identifier: Apache-2.0

const BARE = /^[\w-]+$/;

/** A key as TOML writes it. */
export function tomlKey(key: string): string {
  return BARE.test(key) ? key : quoted(key);
}

/** A value on one line. Throws for what TOML has no word for. */
export function inlineToml(value: unknown): string {
  if (typeof value === "string") return quoted(value);
  if (typeof value === "boolean") return String(value);
  if (typeof value === "number") return number(value);
  if (Array.isArray(value)) return `[${value.map(inlineToml).join(", ")}]`;
  if (typeof value !== "object" || value === null) throw new TypeError(`TOML has no ${value}`);
  const pairs = Object.entries(value).filter(([, inner]) => inner !== undefined);
  if (pairs.length === 0) return "{}";
  return `{ ${pairs.map(([key, inner]) => `${tomlKey(key)} = ${inlineToml(inner)}`).join(", ")} }`;
}

/** JSON's escapes are TOML's, but for one character. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll("\x7f", "\\u007f");
}

/** Whole numbers that do not fit into an integer are written as a float. */
function number(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return value.toExponential();
  return Object.is(value, -0) ? "-0.0" : String(value);
}
