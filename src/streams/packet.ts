// SPDX-License-Identifier: Apache-2.0
//
// A packet as bytes (native/include/stagebox/packet.h), read and written. The layout stands here once more because a
// client's packets are remade only for views of a stream; all others go out as the data plane wrote them.

export const PORTS = { none: 0, signal: 1, spectrum: 2, features: 3 } as const;

export const FLAG_GAP = 1;

const MAGIC = 0x31584253;
const HEADER_BYTES = 104;
const EVENT_BYTES = 64;
const LABEL_BYTES = 56;

const AT = {
  magic: 0,
  bytes: 4,
  port: 8,
  flags: 12,
  sequence: 16,
  first_frame: 24,
  time_ns: 32,
  ready_ns: 40,
  rate_hz: 48,
  frames: 56,
  channels: 60,
  values: 64,
  stride: 68,
  lost_before: 72,
  event_count: 76,
  events_offset: 80,
  times_offset: 84,
  data_offset: 88,
  block_sequence: 96,
} as const;

export interface PacketEvent {
  /** Relative to the packet's first frame; negative: it belongs to an earlier packet. */
  frame: number;
  duration_s: number;
  label: string;
}

export interface Packet {
  port: number;
  flags: number;
  sequence: bigint;
  first_frame: bigint;
  time_ns: bigint;
  ready_ns: bigint;
  /** 0: irregular, see times_ns. */
  rate_hz: number;
  frames: number;
  channels: number;
  values: number;
  lost_before: number;
  block_sequence: bigint;
  events: PacketEvent[];
  times_ns?: BigInt64Array;
  /** [frames x values x channels], channel fastest, no padding between rows. */
  rows: Float32Array;
}

export function readPacket(bytes: Uint8Array): Packet {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(AT.magic, true) !== MAGIC) throw new Error("not a packet");
  const [frames, channels, values] = [AT.frames, AT.channels, AT.values].map((at) => view.getUint32(at, true)) as [
    number,
    number,
    number,
  ];
  const packet: Packet = {
    port: view.getUint32(AT.port, true),
    flags: view.getUint32(AT.flags, true),
    sequence: view.getBigUint64(AT.sequence, true),
    first_frame: view.getBigUint64(AT.first_frame, true),
    time_ns: view.getBigInt64(AT.time_ns, true),
    ready_ns: view.getBigInt64(AT.ready_ns, true),
    rate_hz: view.getFloat64(AT.rate_hz, true),
    frames,
    channels,
    values,
    lost_before: view.getUint32(AT.lost_before, true),
    block_sequence: view.getBigUint64(AT.block_sequence, true),
    events: readEvents(view, bytes),
    rows: readRows(view, frames, channels * values),
  };
  const times = view.getUint32(AT.times_offset, true);
  if (times > 0)
    packet.times_ns = BigInt64Array.from({ length: frames }, (_, frame) => view.getBigInt64(times + frame * 8, true));
  return packet;
}

function readRows(view: DataView, frames: number, width: number): Float32Array {
  const stride = view.getUint32(AT.stride, true);
  const start = view.getUint32(AT.data_offset, true);
  const rows = new Float32Array(frames * width);
  for (let frame = 0; frame < frames; frame++)
    for (let index = 0; index < width; index++)
      rows[frame * width + index] = view.getFloat32(start + (frame * stride + index) * 4, true);
  return rows;
}

function readEvents(view: DataView, bytes: Uint8Array): PacketEvent[] {
  const start = view.getUint32(AT.events_offset, true);
  return Array.from({ length: view.getUint32(AT.event_count, true) }, (_, index) => {
    const at = start + index * EVENT_BYTES;
    const label = bytes.subarray(at + 8, at + EVENT_BYTES);
    const end = label.indexOf(0);
    return {
      frame: view.getInt32(at, true),
      duration_s: view.getFloat32(at + 4, true),
      label: new TextDecoder().decode(end < 0 ? label : label.subarray(0, end)),
    };
  });
}

export function writePacket(packet: Packet): Uint8Array {
  const events = HEADER_BYTES;
  const times = events + packet.events.length * EVENT_BYTES;
  const data = times + (packet.times_ns?.byteLength ?? 0);
  const bytes = new Uint8Array(data + packet.rows.byteLength);
  const view = new DataView(bytes.buffer);
  view.setUint32(AT.magic, MAGIC, true);
  view.setUint32(AT.bytes, bytes.byteLength, true);
  view.setUint32(AT.port, packet.port, true);
  view.setUint32(AT.flags, packet.flags, true);
  view.setBigUint64(AT.sequence, packet.sequence, true);
  view.setBigUint64(AT.first_frame, packet.first_frame, true);
  view.setBigInt64(AT.time_ns, packet.time_ns, true);
  view.setBigInt64(AT.ready_ns, packet.ready_ns, true);
  view.setFloat64(AT.rate_hz, packet.rate_hz, true);
  view.setUint32(AT.frames, packet.frames, true);
  view.setUint32(AT.channels, packet.channels, true);
  view.setUint32(AT.values, packet.values, true);
  view.setUint32(AT.stride, packet.channels * packet.values, true);
  view.setUint32(AT.lost_before, packet.lost_before, true);
  view.setUint32(AT.event_count, packet.events.length, true);
  view.setUint32(AT.events_offset, events, true);
  view.setUint32(AT.times_offset, packet.times_ns ? times : 0, true);
  view.setUint32(AT.data_offset, data, true);
  view.setBigUint64(AT.block_sequence, packet.block_sequence, true);
  packet.events.forEach((event, index) => {
    const at = events + index * EVENT_BYTES;
    view.setInt32(at, event.frame, true);
    view.setFloat32(at + 4, event.duration_s, true);
    new TextEncoder().encodeInto(event.label, bytes.subarray(at + 8, at + 8 + LABEL_BYTES - 1));
  });
  packet.times_ns?.forEach((time, frame) => {
    view.setBigInt64(times + frame * 8, time, true);
  });
  packet.rows.forEach((value, index) => {
    view.setFloat32(data + index * 4, value, true);
  });
  return bytes;
}

/** Frames in a packet, and those that went missing before it, without reading the rest. */
export function framesOf(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  return view.getUint32(AT.frames, true) + view.getUint32(AT.lost_before, true);
}

/** A copy that says so many more frames are missing before it. */
export function withGap(bytes: Uint8Array, lost: number): Uint8Array {
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  view.setUint32(AT.flags, view.getUint32(AT.flags, true) | FLAG_GAP, true);
  view.setUint32(AT.lost_before, Math.min(0xffffffff, view.getUint32(AT.lost_before, true) + lost), true);
  return copy;
}
