// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import { Decimator } from "../../src/streams/decimate.ts";
import type { PacketParts } from "../../src/streams/packet.ts";
import { packetParts } from "./packet.fixture.ts";

const wave = (frame: number, channel: number) => Math.sin(frame * 0.37 + channel) * 100;

/** Sends frames 0 to `total` in packets of the given lengths. */
function run(factor: number, lengths: number[], total: number): PacketParts[] {
  const decimator = new Decimator(factor, 3);
  const out: PacketParts[] = [];
  for (let first = 0, i = 0; first < total; i++) {
    const frames = Math.min(lengths[i % lengths.length] ?? 1, total - first);
    const seen = decimator.push(packetParts(first, frames, {}, wave));
    if (seen) out.push(seen);
    first += frames;
  }
  return out;
}

test.each([
  [2, [1]],
  [5, [32]],
  [7, [3, 16, 1, 40]],
  [64, [10]],
  [100, [7]],
])("factor %d is the mean whatever the packets' lengths (%j)", (factor, lengths) => {
  const out = run(factor, lengths, 1000);
  const rows = out.flatMap((packet) => [...packet.rows]);
  const windows = Math.floor(1000 / factor);
  expect(rows).toHaveLength(windows * 3);
  for (let window = 0; window < windows; window++)
    for (let channel = 0; channel < 3; channel++) {
      let sum = 0;
      for (let i = 0; i < factor; i++) sum += Math.fround(wave(window * factor + i, channel));
      expect(rows[window * 3 + channel]).toBe(Math.fround(sum / factor));
    }
  let next = 0;
  for (const [index, packet] of out.entries()) {
    expect(packet).toMatchObject({
      sequence: index,
      first_frame: next,
      lost_before: 0,
      flags: 0,
      rate_hz: 250 / factor,
    });
    expect(packet.time_ns).toBeCloseTo(((next + 1) * factor - 1) * 4e6, 0); // of the window's last sample
    next += packet.frames;
  }
});

test("windows do not depend on when a client came in", () => {
  const decimator = new Decimator(10, 3);
  expect(decimator.push(packetParts(1003, 6))).toBeUndefined();
  expect(decimator.push(packetParts(1009, 10))).toBeUndefined();
  const out = decimator.push(packetParts(1019, 5));
  expect(out).toMatchObject({ first_frame: 101, frames: 1, lost_before: 0 });
  expect(out?.rows[0]).toBe(1014.5);
});

test("a window with a hole is left out and told", () => {
  const decimator = new Decimator(10, 3);
  expect(decimator.push(packetParts(0, 15))).toMatchObject({ frames: 1, first_frame: 0 });
  // frames 15 to 23 are lost: windows 1 and 2 cannot be complete
  const out = decimator.push(packetParts(24, 20, { lost_before: 9, flags: 1 }));
  expect(out).toMatchObject({ frames: 1, first_frame: 3, lost_before: 2, flags: 1 });
  expect(out?.rows[0]).toBe(34.5);
  expect(decimator.push(packetParts(44, 10))).toMatchObject({ first_frame: 4, lost_before: 0, flags: 0 });
});

test("a port that does not count lost frames still breaks its window", () => {
  const decimator = new Decimator(10, 3);
  decimator.push(packetParts(0, 15));
  expect(decimator.push(packetParts(15, 15, { lost_before: 4 }))).toMatchObject({
    first_frame: 2,
    lost_before: 2,
    flags: 1,
  });
});

test("events stay in their window, also those that wait for it", () => {
  const decimator = new Decimator(10, 3);
  const events = [
    { frame: 3, duration_s: 0, label: "in window 0" },
    { frame: 12, duration_s: 1, label: "in window 1" },
  ];
  expect(decimator.push(packetParts(0, 14, { events }))?.events).toEqual([{ ...events[0], frame: 0 } as never]);
  expect(decimator.push(packetParts(14, 16))).toMatchObject({
    first_frame: 1,
    frames: 2,
    events: [{ frame: 0, label: "in window 1" }],
  });
});

test("flags of all packets in a window count", () => {
  const decimator = new Decimator(10, 3);
  decimator.push(packetParts(0, 5, { flags: 4 }));
  expect(decimator.push(packetParts(5, 5, { flags: 16 }))?.flags).toBe(20);
  expect(decimator.push(packetParts(10, 10))?.flags).toBe(0);
});
