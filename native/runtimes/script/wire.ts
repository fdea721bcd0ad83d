// SPDX-License-Identifier: Apache-2.0
//
// The messages of plugins/proto/stage.proto as bytes (protobuf.dev/programming-guides/encoding), and in front of each the
// five that gRPC puts there. What is read may be anything: a field that is not known is passed over, and what cannot be
// one is refused.
import type { Format, StageEvent } from "stagebox";

const [VARINT, FIXED64, BYTES, FIXED32] = [0, 1, 2, 5];
const PREFIX_BYTES = 5;
const PORTS = ["none", "signal", "spectrum", "features"] as const;
const text = new TextDecoder("utf-8", { fatal: true });

// ---- writing ----

type Bytes = Uint8Array;

function varint(value: number | bigint): Bytes {
  const bytes: number[] = [];
  let left = BigInt.asUintN(64, BigInt(value));
  for (; left > 127n; left >>= 7n) bytes.push(Number(left & 127n) | 128);
  bytes.push(Number(left));
  return Uint8Array.from(bytes);
}

const tag = (field: number, kind: number) => varint((field << 3) | kind);

/** A field of the value that is usual is left out. */
const number = (field: number, value: number | bigint) =>
  Number(value) === 0 ? [] : [tag(field, VARINT), varint(value)];
const bytes = (field: number, value: Bytes) => [tag(field, BYTES), varint(value.length), value];
const words = (field: number, value: string) => (value === "" ? [] : bytes(field, Buffer.from(value)));
const message = (field: number, parts: Bytes[]) => bytes(field, Buffer.concat(parts));
const double = (field: number, value: number) =>
  value === 0 ? [] : [tag(field, FIXED64), new Uint8Array(Float64Array.of(value).buffer)];
const float = (field: number, value: number) =>
  value === 0 ? [] : [tag(field, FIXED32), new Uint8Array(Float32Array.of(value).buffer)];
const zigzag = (value: number) => (value << 1) ^ (value >> 31);

function format(field: number, { port, rate_hz, channels, values, bins, bin_hz, max_frames, unit }: Format): Bytes[] {
  return message(field, [
    ...[...number(1, PORTS.indexOf(port)), ...double(2, rate_hz)],
    ...channels.flatMap((name) => bytes(3, Buffer.from(name))),
    ...values.flatMap((name) => bytes(4, Buffer.from(name))),
    ...[...number(5, bins), ...double(6, bin_hz), ...number(7, max_frames), ...words(8, unit)],
  ]);
}

export interface WireBlock {
  sequence: number;
  first_frame: number;
  time_ns: bigint | undefined;
  lost_before: number;
  /** Rows without room between them. */
  samples: Bytes;
  events: readonly StageEvent[];
}

export const open = (type: string, params: object, input: Format, output: Format): Bytes =>
  framed(
    message(1, [...words(1, type), ...words(2, JSON.stringify(params)), ...format(3, input), ...format(4, output)]),
  );

export const change = (name: string, value: unknown): Bytes =>
  framed(message(3, [...words(1, name), ...words(2, JSON.stringify(value))]));

export const block = ({ sequence, first_frame, time_ns, lost_before, samples, events }: WireBlock): Bytes =>
  framed(
    message(2, [
      ...[...number(1, sequence), ...number(2, first_frame), ...number(4, lost_before)],
      ...(time_ns === undefined ? [] : [tag(3, VARINT), varint(time_ns)]),
      ...bytes(5, samples),
      ...events.flatMap(({ frame, label, duration_s }) =>
        message(6, [...number(1, zigzag(frame) >>> 0), ...words(2, label), ...float(3, duration_s)]),
      ),
    ]),
  );

/** As gRPC has a message on its way: not compressed, and how long it is. */
export function framed(parts: Bytes[]): Bytes {
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32BE(
    parts.reduce((sum, part) => sum + part.length, 0),
    1,
  );
  return Buffer.concat([prefix, ...parts]);
}

// ---- reading ----

/** A value of a field: a number, or bytes. */
type Value = bigint | Bytes;

/** The fields of a message; of those that stand there again and again, each. */
function* fields(from: Bytes): Generator<[field: number, value: Value]> {
  for (let at = 0; at < from.length; ) {
    const read = () => {
      let value = 0n;
      for (let shift = 0n; shift < 70n; shift += 7n) {
        const byte = from[at++];
        if (byte === undefined) break;
        value |= BigInt(byte & 127) << shift;
        if (byte < 128) return BigInt.asUintN(64, value);
      }
      throw new TypeError("is no message of stage.proto: a number has no end");
    };
    const key = read();
    const [field, kind] = [Number(key >> 3n), Number(key & 7n)];
    if (kind === VARINT) yield [field, read()];
    else {
      const length = kind === FIXED64 ? 8 : kind === FIXED32 ? 4 : kind === BYTES ? Number(read()) : Number.NaN;
      if (!(at + length <= from.length)) throw new TypeError("is no message of stage.proto: a field is longer than it");
      yield [field, from.subarray(at, at + length)];
      at += length;
    }
  }
}

const asBytes = (value: Value): Bytes => (typeof value === "bigint" ? refuse() : value);
const asText = (value: Value): string => text.decode(asBytes(value));
const asNumber = (value: Value): number => (typeof value === "bigint" ? Number(value) : refuse());
const view = (value: Value, length: number) => {
  const found = asBytes(value);
  return found.length === length ? new DataView(found.buffer, found.byteOffset, length) : refuse();
};

function refuse(): never {
  throw new TypeError("is no message of stage.proto: a field is of another kind");
}

export interface WireReply {
  opened?: { format?: Format; latency_s: number };
  block?: WireBlock;
}

export function readReply(from: Bytes): WireReply {
  const reply: WireReply = {};
  for (const [field, value] of fields(from)) {
    if (field === 1) reply.opened = readOpened(asBytes(value));
    if (field === 2) reply.block = readBlock(asBytes(value));
  }
  return reply;
}

function readOpened(from: Bytes): WireReply["opened"] & object {
  const opened: WireReply["opened"] & object = { latency_s: 0 };
  for (const [field, value] of fields(from)) {
    if (field === 1) opened.format = readFormat(asBytes(value));
    if (field === 2) opened.latency_s = view(value, 8).getFloat64(0, true);
  }
  return opened;
}

function readFormat(from: Bytes): Format {
  const format: Format = {
    ...{ port: "none", rate_hz: 0, channels: [], values: [], bins: 0, bin_hz: 0, max_frames: 0, unit: "" },
  };
  for (const [field, value] of fields(from)) {
    if (field === 1) format.port = PORTS[asNumber(value)] ?? refuse();
    if (field === 2) format.rate_hz = view(value, 8).getFloat64(0, true);
    if (field === 3) format.channels.push(asText(value));
    if (field === 4) format.values.push(asText(value));
    if (field === 5) format.bins = asNumber(value);
    if (field === 6) format.bin_hz = view(value, 8).getFloat64(0, true);
    if (field === 7) format.max_frames = asNumber(value);
    if (field === 8) format.unit = asText(value);
  }
  return format;
}

function readBlock(from: Bytes): WireBlock {
  const block: WireBlock = {
    ...{ sequence: 0, first_frame: 0, time_ns: undefined, lost_before: 0, samples: new Uint8Array(), events: [] },
  };
  const events: StageEvent[] = [];
  for (const [field, value] of fields(from)) {
    if (field === 3) block.time_ns = BigInt.asIntN(64, typeof value === "bigint" ? value : refuse());
    if (field === 5) block.samples = asBytes(value);
    if (field === 6) events.push(readEvent(asBytes(value)));
  }
  return { ...block, events };
}

function readEvent(from: Bytes): StageEvent {
  const event = { frame: 0, label: "", duration_s: 0 };
  for (const [field, value] of fields(from)) {
    const found = typeof value === "bigint" ? Number(BigInt.asUintN(32, value)) : 0;
    if (field === 1) event.frame = (found >>> 1) ^ -(found & 1);
    if (field === 2) event.label = asText(value);
    if (field === 3) event.duration_s = view(value, 4).getFloat32(0, true);
  }
  return event;
}

/** Description */
export function readTypes(from: Bytes): string[] {
  return [...fields(from)].filter(([field]) => field === 1).map(([, value]) => asText(value));
}

/** Puts messages together from the pieces in which they come. Throws TypeError for one that cannot be. */
export class Unframing {
  #rest: Bytes = new Uint8Array();

  constructor(public most: number) {}

  take(piece: Bytes): Bytes[] {
    const messages: Bytes[] = [];
    let rest = this.#rest.length > 0 ? Buffer.concat([this.#rest, piece]) : piece;
    while (rest.length >= PREFIX_BYTES) {
      const head = new DataView(rest.buffer, rest.byteOffset, PREFIX_BYTES);
      const length = head.getUint32(1);
      if (head.getUint8(0) !== 0) throw new TypeError("is compressed, which nobody asked for");
      if (length > this.most) throw new TypeError(`has ${length} bytes, where ${this.most} are the most`);
      if (rest.length < PREFIX_BYTES + length) break;
      messages.push(rest.subarray(PREFIX_BYTES, PREFIX_BYTES + length));
      rest = rest.subarray(PREFIX_BYTES + length);
    }
    this.#rest = rest;
    return messages;
  }
}
