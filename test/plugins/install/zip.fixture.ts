// SPDX-License-Identifier: Apache-2.0
//
// Zip files field by field, so that each can lie.
import { crc32, deflateRawSync } from "node:zlib";

export interface ZipEntry {
  name: string | Uint8Array;
  content?: string | Uint8Array;
  /** In the header before the content, where that differs. */
  localName?: string;
  /** st_mode; 0 for an archive that does not say. */
  mode?: number;
  flags?: number;
  method?: number;
  bytes?: number;
  packedBytes?: number;
  crc?: number;
  offset?: number;
}

export interface ZipLies {
  /** Stands in front of everything. */
  before?: Uint8Array;
  count?: number;
  listOffset?: number;
}

export const LINK = 0o120777;
const FILE = 0o100644;

export function zipOf(entries: readonly ZipEntry[], lies: ZipLies = {}): Uint8Array {
  const before = Buffer.from(lies.before ?? []);
  const locals: Buffer[] = [before];
  const list: Buffer[] = [];
  let at = before.length;
  for (const entry of entries) {
    const content = bufferOf(entry.content ?? "");
    const method = entry.method ?? 8;
    const packed = method === 8 ? deflateRawSync(content) : content;
    const name = bufferOf(entry.name);
    const localName = entry.localName === undefined ? name : bufferOf(entry.localName);
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0);
    shared.writeUInt16LE(entry.flags ?? 0, 2);
    shared.writeUInt16LE(method, 4);
    shared.writeUInt32LE(entry.crc ?? crc32(content), 10);
    shared.writeUInt32LE(entry.packedBytes ?? packed.length, 14);
    shared.writeUInt32LE(entry.bytes ?? content.length, 18);
    shared.writeUInt16LE(localName.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), shared, localName, packed]);
    shared.writeUInt16LE(name.length, 22);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(((entry.mode ?? FILE) << 16) >>> 0, 6);
    tail.writeUInt32LE(entry.offset ?? at, 10);
    list.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x03"), shared, tail, name]));
    locals.push(local);
    at += local.length;
  }
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(lies.count ?? entries.length, 8);
  end.writeUInt16LE(lies.count ?? entries.length, 10);
  end.writeUInt32LE(Buffer.concat(list).length, 12);
  end.writeUInt32LE(lies.listOffset ?? at, 16);
  return Buffer.concat([...locals, ...list, end]);
}

function bufferOf(value: string | Uint8Array): Buffer {
  return typeof value === "string" ? Buffer.from(value) : Buffer.from(value);
}
