// SPDX-License-Identifier: Apache-2.0
import type { Sink } from "../runtime/sink.ts";

/** A sink of an off-line run, where nothing changes on the way. */
export function packetSink(onPacket: (bytes: Uint8Array) => void, close = () => {}): Sink {
  return { onPacket, close, onFormat() {}, tick() {}, detail: () => ({}) };
}
