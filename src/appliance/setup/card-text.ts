// SPDX-License-Identifier: Apache-2.0
//
// The bytes of a file that somebody wrote on whatever computer was at hand, as text, and back again: what is not
// changed in the text comes back byte for byte.
import { fileRefusal } from "../../pipeline/problem.ts";

export interface CardText {
  /** With the byte order mark, if it begins with one. */
  text: string;
  encode(text: string): Buffer;
  /** What was unusual and did no harm. */
  notes: string[];
}

interface Encoding {
  decode(bytes: Buffer): string;
  encode(text: string): Buffer;
  note?: string;
}

const decoder = (label: "utf-8" | "utf-16le") => (bytes: Buffer) =>
  new TextDecoder(label, { fatal: true, ignoreBOM: true }).decode(bytes);

const UTF8: Encoding = { decode: decoder("utf-8"), encode: (text) => Buffer.from(text, "utf8") };

const UTF16LE: Encoding = {
  decode: decoder("utf-16le"),
  encode: (text) => Buffer.from(text, "utf16le"),
  note: "is in UTF-16, which Notepad calls Unicode, and was read as such",
};

const UTF16BE: Encoding = {
  decode: (bytes) => UTF16LE.decode(swapped(bytes)),
  encode: (text) => swapped(UTF16LE.encode(text)),
  note: "is in UTF-16, big end first, and was read as such",
};

/** What Windows calls ANSI in western Europe. Every byte is a character of it. */
const WINDOWS_1252: Encoding = {
  decode: (bytes) => new TextDecoder("windows-1252").decode(bytes),
  encode(text) {
    const byteOf = new Map(Array.from({ length: 256 }, (_, byte) => [this.decode(Buffer.of(byte)), byte]));
    return Buffer.from([...text].map((character) => byteOf.get(character) ?? 0x3f));
  },
  note: "is not in UTF-8 and was read as Windows-1252; if it has letters such as é, see that they arrived",
};

/** Throws ProblemsError. */
export function decodeCardText(bytes: Buffer, file: string): CardText {
  const encoding = encodingOf(bytes);
  try {
    const { note } = encoding;
    return { text: encoding.decode(bytes), encode: (text) => encoding.encode(text), notes: note ? [note] : [] };
  } catch {
    throw fileRefusal(file, "is not text; write it with an editor, and save it as UTF-8");
  }
}

/** Without a byte order mark, UTF-16 shows by the zeros beside its ASCII. */
function encodingOf(bytes: Buffer): Encoding {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0)) return UTF16LE;
  if ((first === 0xfe && second === 0xff) || (first === 0 && second !== 0)) return UTF16BE;
  try {
    UTF8.decode(bytes);
    return UTF8;
  } catch {
    return WINDOWS_1252;
  }
}

function swapped(bytes: Buffer): Buffer {
  return bytes.length % 2 === 0 ? Buffer.from(bytes).swap16() : bytes;
}
