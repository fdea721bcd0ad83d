// SPDX-License-Identifier: Apache-2.0
//
// The little of tar (POSIX.1-1988, ustar) that a bundle needs: plain files with short names, one after the other.
// Whatever else a header can say is refused, so that nobody has to think about what it might do.

export const BLOCK_BYTES = 512;
/** What ends an archive. */
export const END_BYTES = 2 * BLOCK_BYTES;

/** Where a header's fields lie: [start, bytes]. */
const FIELD = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  kind: [156, 1],
  magic: [257, 8],
  prefix: [345, 155],
} as const;
const PLAIN_FILE = "0";
const MAGIC = "ustar\x0000";

export interface TarEntry {
  name: string;
  bytes: number;
}

/** Behind a file's content, up to the next block. */
export function paddingAfter(bytes: number): number {
  return (BLOCK_BYTES - (bytes % BLOCK_BYTES)) % BLOCK_BYTES;
}

/** The same for the same entry, whoever packs it and when. */
export function tarHeader({ name, bytes }: TarEntry): Uint8Array {
  const block = Buffer.alloc(BLOCK_BYTES);
  const put = (field: keyof typeof FIELD, text: string) => block.write(text, FIELD[field][0], "latin1");
  put("name", name);
  put("mode", octal(0o644, 8));
  for (const field of ["uid", "gid"] as const) put(field, octal(0, 8));
  put("size", octal(bytes, 12));
  put("mtime", octal(0, 12));
  put("kind", PLAIN_FILE);
  put("magic", MAGIC);
  put("checksum", `${octal(checksumOf(block), 7)} `);
  return block;
}

/** Undefined for anything but the header of a plain file. */
export function readTarHeader(block: Uint8Array): TarEntry | undefined {
  if (block.length !== BLOCK_BYTES) return undefined;
  const text = (field: keyof typeof FIELD) => {
    const [start, bytes] = FIELD[field];
    return Buffer.from(block.subarray(start, start + bytes)).toString("latin1");
  };
  const number = (field: keyof typeof FIELD) => {
    const digits = text(field).replace(/[\0 ]+$/, "");
    return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN;
  };
  const isPlain = text("magic") === MAGIC && text("kind") === PLAIN_FILE && /^\0*$/.test(text("prefix"));
  if (!isPlain || number("checksum") !== checksumOf(block)) return undefined;
  const [, name] = /^([^\0]+)\0*$/.exec(text("name")) ?? [];
  const bytes = number("size");
  return name === undefined || Number.isNaN(bytes) ? undefined : { name, bytes };
}

/** The sum of all bytes, its own counted as spaces. */
function checksumOf(block: Uint8Array): number {
  const [start, bytes] = FIELD.checksum;
  return block.reduce((sum, byte, at) => sum + (at >= start && at < start + bytes ? 0x20 : byte), 0);
}

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, "0")}\0`;
}
