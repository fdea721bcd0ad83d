// SPDX-License-Identifier: Apache-2.0
import { type PacketParts, writePacket } from "../../src/streams/packet.ts";

/** A packet of a signal at 250 Hz; sample of channel c in frame f (counted over all packets): value(f, c). */
export function packetParts(
  first_frame: number,
  frames: number,
  more: Partial<PacketParts> = {},
  value = (frame: number, channel: number) => frame + 1000 * channel,
): PacketParts {
  const channels = more.channels ?? 3;
  return {
    ...{ port: 1, flags: 0, sequence: 0, first_frame, time_ns: first_frame * 4e6, ready_ns: 5e9, block_sequence: 9 },
    ...{ rate_hz: 250, frames, channels, values: 1, lost_before: 0, events: [] },
    rows: Float32Array.from({ length: frames * channels }, (_, i) =>
      value(first_frame + Math.floor(i / channels), i % channels),
    ),
    ...more,
  };
}

export function packetBytes(...parts: Parameters<typeof packetParts>): Uint8Array {
  return writePacket(packetParts(...parts));
}
