// SPDX-License-Identifier: Apache-2.0
//
// What minisign's files have in common: lines of text, of which every other one is a comment and the rest base64.
import { fileRefusal } from "../../pipeline/problem.ts";

/** Of any of its files, in bytes; those that minisign writes have a few hundred. */
export const MINISIGN_FILE_BYTES = 16 * 1024;
/** The longest comment that minisign reads. */
const COMMENT_CHARS = 8192;

/** The lines of a file of `count` lines; CR LF counts as a line's end, too. Throws ProblemsError. */
export function linesOf(text: string, count: number, file: string, what: string): string[] {
  const lines = text
    .replace(/\r?\n$/, "")
    .split("\n")
    .map((line) => line.replace(/\r$/, ""));
  if (text.length > MINISIGN_FILE_BYTES || lines.length !== count)
    throw fileRefusal(file, `is no ${what} of minisign: such a file has ${count} lines`);
  return lines;
}

/** The comment behind `untrusted comment: `. Throws ProblemsError. */
export function commentOf(line: string | undefined, kind: "untrusted" | "trusted", file: string): string {
  const prefix = `${kind} comment: `;
  const comment = line?.startsWith(prefix) ? line.slice(prefix.length) : undefined;
  if (comment === undefined || comment.length > COMMENT_CHARS)
    throw fileRefusal(file, `has no "${prefix}" where one belongs; write it with minisign, or stagebox plugin sign`);
  // It is shown to people, and must not write over what stands before it.
  if (/[^\P{Cc}\t]/u.test(comment)) throw fileRefusal(file, `has control characters in its ${kind} comment`);
  return comment;
}

/** A line of base64 that stands for `count` bytes. Throws ProblemsError. */
export function bytesOf(line: string | undefined, count: number, file: string, what: string): Buffer {
  const bytes = Buffer.from(line ?? "", "base64");
  if (bytes.length !== count || bytes.toString("base64") !== line)
    throw fileRefusal(file, `is damaged: its ${what} is not ${count} bytes in base64`);
  return bytes;
}

/** As minisign prints it: 4CD957A53BF57BB0. */
export function keyIdText(bytes: Uint8Array): string {
  return Buffer.from(bytes).reverse().toString("hex").toUpperCase();
}
