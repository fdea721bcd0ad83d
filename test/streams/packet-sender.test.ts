// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import { readPacket } from "../../src/streams/packet.ts";
import { PacketSender, STALLED_MS, WAITING_BYTES } from "../../src/streams/packet-sender.ts";
import { packetBytes } from "./packet.fixture.ts";

function newSender() {
  const sent: Uint8Array[] = [];
  const state = { waiting: 0, now: 0, terminated: false };
  const sender = new PacketSender(
    {
      send: (bytes) => void sent.push(bytes),
      waiting: () => state.waiting,
      terminate: () => {
        state.terminated = true;
      },
    },
    () => state.now,
  );
  return { sender, sent, state };
}

test("a client that keeps up gets the very bytes", () => {
  const { sender, sent } = newSender();
  const bytes = packetBytes(0, 8);
  sender.send(bytes);
  expect(sent[0]).toBe(bytes);
});

test("a slow client misses packets and is told how many frames", () => {
  const { sender, sent, state } = newSender();
  sender.send(packetBytes(0, 8));
  state.waiting = WAITING_BYTES + 1;
  sender.send(packetBytes(8, 8));
  sender.send(packetBytes(20, 8, { lost_before: 4 }));
  state.waiting = 0;
  sender.send(packetBytes(28, 8));
  sender.send(packetBytes(36, 8));
  expect(sent.map(readPacket)).toMatchObject([
    { first_frame: 0, lost_before: 0, flags: 0 },
    { first_frame: 28, lost_before: 20, flags: 1 },
    { first_frame: 36, lost_before: 0, flags: 0 },
  ]);
  expect(sender.dropped).toBe(2);
});

test("a client that takes nothing for long is let go, one that takes something is not", () => {
  const { sender, state } = newSender();
  state.waiting = WAITING_BYTES + 1;
  sender.send(packetBytes(0, 8));
  state.now = STALLED_MS;
  sender.send(packetBytes(8, 8));
  expect(state.terminated).toBe(false);
  state.waiting = 0;
  sender.send(packetBytes(16, 8));
  state.waiting = WAITING_BYTES + 1;
  state.now = STALLED_MS * 1.5;
  sender.send(packetBytes(24, 8));
  expect(state.terminated).toBe(false);
  state.now = STALLED_MS * 3;
  sender.send(packetBytes(32, 8));
  expect(state.terminated).toBe(true);
});
