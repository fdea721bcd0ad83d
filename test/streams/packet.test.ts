// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import { framesOf, readPacket, withGap, writePacket } from "../../src/streams/packet.ts";
import { packetParts } from "./packet.fixture.ts";

test("is laid out as packet.h says", () => {
  const bytes = writePacket(
    packetParts(1000, 2, {
      sequence: 7,
      flags: 4,
      lost_before: 3,
      events: [{ frame: 1, duration_s: 0.5, label: "µ" }],
    }),
  );
  const view = new DataView(bytes.buffer);
  const u32 = (at: number) => view.getUint32(at, true);
  expect(new TextDecoder().decode(bytes.subarray(0, 4))).toBe("SBX1");
  expect([4, 8, 12, 56, 60, 64, 68, 72, 76, 80, 84, 88].map(u32)).toEqual([192, 1, 4, 2, 3, 1, 3, 3, 1, 104, 0, 168]);
  expect([16, 24, 32, 40, 96].map((at) => view.getBigInt64(at, true))).toEqual([
    7n,
    1000n,
    4_000_000_000n,
    5_000_000_000n,
    9n,
  ]);
  expect(view.getFloat64(48, true)).toBe(250);
  expect([view.getInt32(104, true), view.getFloat32(108, true), ...bytes.subarray(112, 116)]).toEqual([
    1, 0.5, 0xc2, 0xb5, 0, 0,
  ]);
  expect([0, 1, 2, 3, 4, 5].map((i) => view.getFloat32(168 + 4 * i, true))).toEqual([
    1000, 2000, 3000, 1001, 2001, 3001,
  ]);
});

test("what is written is read, times and events included", () => {
  const parts = packetParts(5, 3, {
    rate_hz: 0,
    times_ns: BigInt64Array.of(1n, 2n, 2n ** 60n),
    events: [
      { frame: -2, duration_s: 0, label: "x".repeat(55) },
      { frame: 0, duration_s: 1, label: "" },
    ],
  });
  expect(readPacket(writePacket(parts))).toEqual(parts);
});

test("a long label is cut at a character, its closing zero stays", () => {
  const events = [{ frame: 0, duration_s: 0, label: "é".repeat(40) }];
  expect(readPacket(writePacket(packetParts(0, 1, { events }))).events[0]?.label).toBe("é".repeat(27));
});

test("a gap is added to a copy", () => {
  const bytes = writePacket(packetParts(0, 4, { lost_before: 2 }));
  const before = bytes.slice();
  const parts = readPacket(withGap(bytes, 5));
  expect(parts).toMatchObject({ flags: 1, lost_before: 7 });
  expect(bytes).toEqual(before);
  expect(framesOf(bytes)).toBe(6);
});
