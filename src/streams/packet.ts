// SPDX-License-Identifier: Apache-2.0
//
// Packets remade for one client's view of a stream; all others go out as the data plane wrote them. The layout is
// native/include/stagebox/packet.h, numbers are little-endian.
import { sb_event, sb_packet } from "../native/abi.generated.ts";
import { FLAG, Packet, type PacketEvent } from "../native/packet.ts";

const MAGIC = 0x31584253;
const at = sb_packet.offsets;
const encoder = new TextEncoder();

/** What a packet holds, apart from the bytes it came in. */
export interface PacketParts {
  port: number;
  flags: number;
  sequence: number;
  first_frame: number;
  time_ns: number;
  ready_ns: number;
  block_sequence: number;
  /** 0: irregular, see times_ns. */
  rate_hz: number;
  frames: number;
  channels: number;
  values: number;
  lost_before: number;
  events: PacketEvent[];
  times_ns?: BigInt64Array;
  /** [frames x values x channels], channel fastest. */
  rows: Float32Array;
}

/** The rows are a view of `bytes`. */
export function readPacket(bytes: Uint8Array): PacketParts {
  const view = viewOf(bytes);
  const packet = new Packet(bytes);
  const { flags, sequence, first_frame, time_ns, ready_ns, block_sequence } = packet;
  const { rate_hz, frames, channels, values, lost_before } = packet;
  const times = view.getUint32(at.times_offset, true);
  return {
    port: view.getUint32(at.port, true),
    ...{ flags, sequence, first_frame, time_ns, ready_ns, block_sequence },
    ...{ rate_hz, frames, channels, values, lost_before },
    events: packet.events(),
    ...(times > 0 && {
      times_ns: BigInt64Array.from({ length: frames }, (_, frame) => view.getBigInt64(times + frame * 8, true)),
    }),
    rows: packet.data,
  };
}

export function writePacket(parts: PacketParts): Uint8Array {
  const events_offset = sb_packet.bytes;
  const times_offset = events_offset + parts.events.length * sb_event.bytes;
  const data_offset = times_offset + (parts.times_ns?.byteLength ?? 0);
  const bytes = new Uint8Array(data_offset + parts.rows.byteLength);
  const view = viewOf(bytes);
  view.setUint32(at.magic, MAGIC, true);
  view.setUint32(at.bytes, bytes.byteLength, true);
  for (const field of ["port", "flags", "frames", "channels", "values", "lost_before"] as const)
    view.setUint32(at[field], parts[field], true);
  for (const field of ["sequence", "first_frame", "time_ns", "ready_ns", "block_sequence"] as const)
    view.setBigInt64(at[field], BigInt(Math.round(parts[field])), true);
  view.setFloat64(at.rate_hz, parts.rate_hz, true);
  view.setUint32(at.stride, parts.channels * parts.values, true);
  view.setUint32(at.event_count, parts.events.length, true);
  view.setUint32(at.events_offset, events_offset, true);
  view.setUint32(at.times_offset, parts.times_ns ? times_offset : 0, true);
  view.setUint32(at.data_offset, data_offset, true);
  parts.events.forEach((event, index) => {
    writeEvent(bytes.subarray(events_offset + index * sb_event.bytes), event);
  });
  parts.times_ns?.forEach((time, frame) => {
    view.setBigInt64(times_offset + frame * 8, time, true);
  });
  new Float32Array(bytes.buffer, data_offset, parts.rows.length).set(parts.rows);
  return bytes;
}

function writeEvent(bytes: Uint8Array, { frame, duration_s, label }: PacketEvent): void {
  const view = viewOf(bytes);
  view.setInt32(sb_event.offsets.frame, frame, true);
  view.setFloat32(sb_event.offsets.duration_s, duration_s, true);
  encoder.encodeInto(label, bytes.subarray(sb_event.offsets.label, sb_event.bytes - 1));
}

/** Frames in a packet and those that went missing before it, without reading the rest. */
export function framesOf(bytes: Uint8Array): number {
  const view = viewOf(bytes);
  return view.getUint32(at.frames, true) + view.getUint32(at.lost_before, true);
}

/** A copy that says so many more frames are missing before it. */
export function withGap(bytes: Uint8Array, lost: number): Uint8Array {
  const copy = bytes.slice();
  const view = viewOf(copy);
  view.setUint32(at.flags, view.getUint32(at.flags, true) | FLAG.gap, true);
  view.setUint32(at.lost_before, Math.min(0xffffffff, view.getUint32(at.lost_before, true) + lost), true);
  return copy;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
