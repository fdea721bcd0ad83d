// SPDX-License-Identifier: Apache-2.0
//
// Messages of DNS (RFC 1035) as far as mDNS (RFC 6762) and service discovery (RFC 6763) need them. Written apart from
// what the box answers with, so that it can judge it.

export const TYPES = { A: 1, PTR: 12, TXT: 16, AAAA: 28, SRV: 33 } as const;
export type RecordType = keyof typeof TYPES;

export interface Question {
  name: string;
  type: RecordType;
}

/** `data`: an address, a name, `HOST:PORT`, or `key=value` strings. */
export interface DnsRecord {
  name: string;
  type: RecordType;
  ttl_s: number;
  data: string | string[];
}

export interface DnsMessage {
  isAnswer: boolean;
  /** Answers and whatever came along with them; those of other types are left out. */
  records: DnsRecord[];
}

export function encodeQuestions(questions: readonly Question[]): Uint8Array {
  const body = questions.flatMap(({ name, type }) => [...encodeName(name), 0, TYPES[type], 0, 1]);
  return new Uint8Array([0, 0, 0, 0, 0, questions.length, 0, 0, 0, 0, 0, 0, ...body]);
}

function encodeName(name: string): number[] {
  const labels = name.split(".").map((label) => [...Buffer.from(label)]);
  return [...labels.flatMap((label) => [label.length, ...label]), 0];
}

/** Throws where the message is no message. */
export function decodeMessage(bytes: Uint8Array): DnsMessage {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = (offset: number) => view.getUint16(offset);
  let at = 12;
  for (let left = count(4); left > 0; left--) at = readName(bytes, at).end + 4;
  const records: DnsRecord[] = [];
  for (let left = count(6) + count(8) + count(10); left > 0; left--) {
    const { name, end } = readName(bytes, at);
    const code = view.getUint16(end);
    const length = view.getUint16(end + 8);
    const type = (Object.keys(TYPES) as RecordType[]).find((it) => TYPES[it] === code);
    const start = end + 10;
    at = start + length;
    if (at > bytes.length) throw new RangeError("a record ends behind the message");
    if (type) records.push({ name, type, ttl_s: view.getUint32(end + 4), data: readData(bytes, type, start, length) });
  }
  return { isAnswer: (count(2) & 0x8000) !== 0, records };
}

function readData(bytes: Uint8Array, type: RecordType, at: number, length: number): string | string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (type === "A") return [...bytes.subarray(at, at + 4)].join(".");
  if (type === "AAAA") return Array.from({ length: 8 }, (_, i) => view.getUint16(at + 2 * i).toString(16)).join(":");
  if (type === "PTR") return readName(bytes, at).name;
  if (type === "SRV") return `${readName(bytes, at + 6).name}:${view.getUint16(at + 4)}`;
  const strings: string[] = [];
  for (let offset = at; offset < at + length; ) {
    const end = offset + 1 + (bytes[offset] as number);
    strings.push(Buffer.from(bytes.subarray(offset + 1, end)).toString());
    offset = end;
  }
  return strings;
}

/** A name may go on elsewhere, further ahead in the message. */
function readName(bytes: Uint8Array, start: number): { name: string; end: number } {
  const labels: string[] = [];
  let end: number | undefined;
  for (let at = start, jumps = 0; jumps < 32; ) {
    const length = bytes[at];
    if (length === undefined) throw new RangeError("a name ends behind the message");
    if (length === 0) return { name: labels.join("."), end: end ?? at + 1 };
    if (length >= 0xc0) {
      end ??= at + 2;
      at = ((length & 0x3f) << 8) | (bytes[at + 1] ?? 0);
      jumps++;
    } else {
      labels.push(Buffer.from(bytes.subarray(at + 1, at + 1 + length)).toString());
      at += 1 + length;
    }
  }
  throw new RangeError("a name that never ends");
}
