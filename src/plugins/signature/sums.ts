// SPDX-License-Identifier: Apache-2.0
//
// SHA256SUMS: what is signed. It names each file of a plugin with its hash, as sha256sum prints them, so that
// `sha256sum -c SHA256SUMS` and `minisign -Vm SHA256SUMS` verify a plugin without us.
import { fileRefusal } from "../../pipeline/problem.ts";
import { quote } from "../../pipeline/words.ts";
import { NameSet, nameFault } from "../install/entry-name.ts";
import { LIMITS } from "../install/limits.ts";

export const SUMS_FILE = "SHA256SUMS";
export const SIGNATURE_FILE = `${SUMS_FILE}.minisig`;
export const SUMS_BYTES = 1024 * 1024;

/** SHA-256 in hexadecimal digits, by the name of the file. */
export type Sums = ReadonlyMap<string, string>;

/** Throws ProblemsError. */
export function parseSums(text: string, file: string): Sums {
  const lines = text.split("\n");
  if (lines.pop() !== "" || lines.length > LIMITS.entries)
    throw fileRefusal(file, `is cut off, or has more than ${LIMITS.entries} lines; pack the plugin again`);
  const sums = new Map<string, string>();
  const names = new NameSet();
  for (const [index, line] of lines.entries()) {
    const [, sum = "", name = ""] = /^([0-9a-f]{64}) [ *]([^\n]+)$/.exec(line) ?? [];
    const fault = sum === "" ? "is no line of sha256sum" : (nameFault(name) ?? names.add(name, false));
    if (fault) throw fileRefusal(`${file}:${index + 1}`, `${quote(name || line)} ${fault}; pack the plugin again`);
    sums.set(name, sum);
  }
  return sums;
}

/** Sorted, so that the same files make the same text. */
export function formatSums(sums: Sums): string {
  return [...sums]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, sum]) => `${sum}  ${name}\n`)
    .join("");
}
