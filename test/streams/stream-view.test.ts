// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import { ProblemsError } from "../../src/pipeline/problem.ts";
import { readPacket } from "../../src/streams/packet.ts";
import { viewStream } from "../../src/streams/stream-view.ts";
import { FORMAT } from "../api/fake-box.ts";
import { packetBytes } from "./packet.fixture.ts";

test("without options the very bytes pass", () => {
  const bytes = packetBytes(0, 4);
  expect(viewStream(FORMAT, {}).see(bytes)).toBe(bytes);
});

test("channels come in the order asked for, of every value", () => {
  const { format, see } = viewStream({ ...FORMAT, port: "features", values: 2 }, { channels: ["pz", "O1"] });
  expect(format).toMatchObject({ channels: 2, channel_names: ["Pz", "O1"] });
  const bytes = packetBytes(0, 1, { values: 2, rows: Float32Array.of(1, 2, 3, 10, 20, 30) });
  const seen = readPacket(see(bytes) ?? new Uint8Array());
  expect([...seen.rows]).toEqual([3, 1, 30, 10]);
  expect(seen).toMatchObject({ channels: 2, values: 2, frames: 1 });
});

test("the format tells what averaging does", () => {
  const { format, see } = viewStream(FORMAT, { decimate: 5, channels: ["O2"] });
  expect(format).toMatchObject({ rate_hz: 50, channels: 1, max_frames: 13 });
  expect(format.latency_s).toBeCloseTo(2 / 250, 12);
  expect([...readPacket(see(packetBytes(0, 10)) ?? new Uint8Array()).rows]).toEqual([1002, 1007]);
});

test("what cannot be seen so is refused in words, all at once", () => {
  const wrong = () => viewStream({ ...FORMAT, port: "spectrum" }, { decimate: 2, channels: ["O3", "Pz", "x"] });
  expect(wrong).toThrow(ProblemsError);
  expect(wrong).toThrow(/did you mean "O1".*\n.*"x".*\n.*only a regular signal/);
});

test("a channel is sent once, and thousands of wrong names are not all told", () => {
  expect(() => viewStream(FORMAT, { channels: ["O1", "o1"] })).toThrow(/"o1" stands there twice/);
  const many = Array.from({ length: 4000 }, (_, index) => `x${index}`);
  try {
    viewStream(FORMAT, { channels: many });
    expect.unreachable();
  } catch (error) {
    expect((error as ProblemsError).problems.length).toBe(10);
  }
});
