// SPDX-License-Identifier: Apache-2.0
//
// Zip files from strangers (APPNOTE.TXT 6.3 of PKWARE). The list at the end of the file is the one that counts: it
// alone says what is a link. All of it is checked before anything is unpacked, and what is unpacked must be what the
// list says, to the byte. Nothing here needs more than plain zip: encryption, several disks and zip64 are refused.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { crc32, inflateRawSync } from "node:zlib";
import { fileRefusal, type Problem, ProblemsError } from "../../pipeline/problem.ts";
import { megabytes, quote } from "../../pipeline/words.ts";
import { NameSet, nameFault } from "./entry-name.ts";
import { LIMITS } from "./limits.ts";

export interface ArchiveEntry {
  /** A path below the plugin's folder, checked. */
  name: string;
  isFolder: boolean;
  isExecutable: boolean;
  bytes: number;
  packedBytes: number;
  method: number;
  crc: number;
  /** Of its local header. */
  offset: number;
}

const END = { signature: 0x06054b50, bytes: 22, comment: 0xffff };
const CENTRAL = { signature: 0x02014b50, bytes: 46 };
const LOCAL = { signature: 0x04034b50, bytes: 30 };
const STORED = 0;
const DEFLATED = 8;
const ENCRYPTED = 1;
const UNIX = 3;
const FILE_KIND = 0o170000;
const KINDS = { none: 0, file: 0o100000, folder: 0o040000, link: 0o120000 };

/** What the archive holds. `file` is its name for messages. Throws ProblemsError with all that is wrong. */
export function readArchive(zip: Uint8Array, file: string): ArchiveEntry[] {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength);
  const end = findEnd(view);
  if (end === undefined) throw fileRefusal(file, "is not a zip file, or not a whole one");
  const count = view.getUint16(end + 10, true);
  const start = view.getUint32(end + 16, true);
  if (count > LIMITS.entries) throw fileRefusal(file, `holds ${count} files; a plugin has at most ${LIMITS.entries}`);
  if (view.getUint32(end + 4, true) !== 0 || start + view.getUint32(end + 12, true) !== end)
    throw fileRefusal(file, "has something before, between or behind its parts; pack it again with zip -r");

  const problems: Problem[] = [];
  const entries: ArchiveEntry[] = [];
  const names = new NameSet();
  let at = start;
  for (let i = 0; i < count; i++) {
    if (at + CENTRAL.bytes > end || view.getUint32(at, true) !== CENTRAL.signature)
      throw fileRefusal(file, `its list of files breaks off at entry ${i + 1} of ${count}`);
    const { entry, name, fault, next } = readEntry(zip, view, at);
    const wrong = fault ?? names.add(entry.name, entry.isFolder) ?? localFault(zip, view, entry, start);
    if (wrong) problems.push({ file, message: `${quote(name)} ${wrong}` });
    entries.push(entry);
    at = next;
  }
  if (at !== end) throw fileRefusal(file, "its list of files is longer than it says");
  problems.push(...sizeProblems(entries, zip.length, file));
  if (problems.length > 0) throw new ProblemsError(problems);
  return entries;
}

/** Writes the entries below `folder`, which is new and nobody else's. Throws ProblemsError if one is not as listed. */
export function unpack(zip: Uint8Array, entries: readonly ArchiveEntry[], folder: string, file: string): void {
  for (const entry of entries) {
    const path = join(folder, entry.name);
    mkdirSync(entry.isFolder ? path : dirname(path), { recursive: true });
    if (entry.isFolder) continue;
    writeFileSync(path, unpacked(zip, entry, file), { flag: "wx", mode: entry.isExecutable ? 0o755 : 0o644 });
  }
}

/** One file of the archive. Throws ProblemsError if it is not as listed. */
export function unpacked(zip: Uint8Array, entry: ArchiveEntry, file: string): Uint8Array {
  const data = contentOf(zip, new DataView(zip.buffer, zip.byteOffset, zip.byteLength), entry);
  if (data?.length === entry.bytes && crc32(data) === entry.crc) return data;
  throw fileRefusal(file, `${quote(entry.name)} is damaged, or not what the list of files says`);
}

/** The record that ends the file: behind it stands nothing but its own comment. */
function findEnd(view: DataView): number | undefined {
  const first = Math.max(0, view.byteLength - END.bytes - END.comment);
  for (let at = view.byteLength - END.bytes; at >= first; at--)
    if (
      view.getUint32(at, true) === END.signature &&
      at + END.bytes + view.getUint16(at + 20, true) === view.byteLength
    )
      return at;
  return undefined;
}

function readEntry(zip: Uint8Array, view: DataView, at: number) {
  const nameBytes = view.getUint16(at + 28, true);
  const rawName = zip.subarray(at + CENTRAL.bytes, at + CENTRAL.bytes + nameBytes);
  const name = new TextDecoder().decode(rawName);
  const flags = view.getUint16(at + 8, true);
  const mode = view.getUint8(at + 5) === UNIX ? view.getUint16(at + 40, true) : 0;
  const kind = mode & FILE_KIND;
  const entry: ArchiveEntry = {
    name: name.replace(/\/$/, ""),
    isFolder: name.endsWith("/"),
    isExecutable: (mode & 0o100) !== 0,
    bytes: view.getUint32(at + 24, true),
    packedBytes: view.getUint32(at + 20, true),
    method: view.getUint16(at + 10, true),
    crc: view.getUint32(at + 16, true),
    offset: view.getUint32(at + 42, true),
  };
  const fault = () => {
    if (!isUtf8(rawName)) return "is not text in UTF-8";
    if (flags & ENCRYPTED) return "is encrypted";
    if (entry.method !== STORED && entry.method !== DEFLATED)
      return `is packed by method ${entry.method}; only plain zip can be read`;
    if (kind === KINDS.link) return "is a link; a packed plugin holds files and folders only";
    if (kind !== KINDS.none && kind !== (entry.isFolder ? KINDS.folder : KINDS.file))
      return "is neither a file nor a folder";
    return nameFault(entry.name);
  };
  const next = at + CENTRAL.bytes + nameBytes + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  return { entry, name, fault: fault(), next };
}

/** The header before the content must tell the same story as the list, or two readers would see two files. */
function localFault(zip: Uint8Array, view: DataView, entry: ArchiveEntry, listStart: number): string | undefined {
  const { offset, packedBytes, isFolder, method } = entry;
  const differs = "differs between the archive's two lists";
  if (offset + LOCAL.bytes > listStart || view.getUint32(offset, true) !== LOCAL.signature) return differs;
  const name = zip.subarray(offset + LOCAL.bytes, offset + LOCAL.bytes + view.getUint16(offset + 26, true));
  if (new TextDecoder().decode(name) !== `${entry.name}${isFolder ? "/" : ""}`) return differs;
  if (view.getUint16(offset + 8, true) !== method) return differs;
  if (contentStart(view, offset) + packedBytes > listStart) return "reaches over the archive's end";
  return undefined;
}

function sizeProblems(entries: readonly ArchiveEntry[], packed: number, file: string): Problem[] {
  const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  if (bytes > LIMITS.unpacked_bytes)
    return [
      { file, message: `unpacks to ${megabytes(bytes)}; a plugin has at most ${megabytes(LIMITS.unpacked_bytes)}` },
    ];
  if (bytes > LIMITS.ratio_from_bytes && bytes > packed * LIMITS.ratio)
    return [{ file, message: `unpacks to more than ${LIMITS.ratio} times its size, which no plugin does` }];
  return [];
}

/** Undefined if it unpacks to more than its entry says, or not at all. */
function contentOf(zip: Uint8Array, view: DataView, entry: ArchiveEntry): Uint8Array | undefined {
  const start = contentStart(view, entry.offset);
  const packed = zip.subarray(start, start + entry.packedBytes);
  if (entry.method === STORED) return packed;
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, entry.bytes) });
  } catch {
    return undefined;
  }
}

function contentStart(view: DataView, offset: number): number {
  return offset + LOCAL.bytes + view.getUint16(offset + 26, true) + view.getUint16(offset + 28, true);
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}
