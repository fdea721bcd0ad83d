// SPDX-License-Identifier: Apache-2.0
//
// The card against qemu's own client of network block devices.
import { afterEach, describe, expect, test } from "bun:test";
import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cardTools, temporaryFolders } from "./card.fixture.ts";
import { Card } from "./card.ts";

const BYTES = 16 * 1024 * 1024;
const folder = temporaryFolders();
let card: Card | undefined;

afterEach(() => {
  card?.remove();
  card = undefined;
});

function insert(): { card: Card; file: string; io: (...commands: string[]) => Promise<string> } {
  const file = join(folder(), "card.img");
  writeFileSync(file, "");
  truncateSync(file, BYTES);
  const inserted = new Card(file, BYTES, join(folder(), "socket"));
  card = inserted;
  const io = async (...commands: string[]) => {
    // Without -t writeback qemu-io would flush after each write.
    const all = ["-t", "writeback", "-f", "raw", ...commands.flatMap((command) => ["-c", command])];
    const child = Bun.spawn(["qemu-io", ...all, `nbd+unix:///?socket=${inserted.socket}`], { stdout: "pipe" });
    const said = await new Response(child.stdout).text();
    expect(await child.exited).toBe(0);
    return said;
  };
  return { card: inserted, file, io };
}

describe.skipIf(!cardTools())("a card", () => {
  test("gives back what was written to it", async () => {
    const { file, io } = insert();
    const said = await io("write -P 7 1000k 3M", "write -P 9 2M 512", "read -P 9 2M 512", "read -P 7 1000k 1M");
    expect(said).not.toContain("verification failed");
    expect(readFileSync(file).filter((byte) => byte === 7).length).toBe(3 * 1024 * 1024 - 512);
  });

  test("keeps what was flushed when its power is cut, and of the rest whole sectors or nothing", async () => {
    const { card, file, io } = insert();
    await io("write -P 1 0 64k", "flush");
    const before = card.flushes;
    const client = io("write -P 2 32k 64k", "sleep 500");
    while (card.written_bytes < 128 * 1024) await Bun.sleep(5);
    expect(card.flushes).toBe(before);
    let turn = 0;
    expect(card.cutPower(() => (turn++ % 2 === 0 ? 0 : 1))).toBe(64);
    const bytes = readFileSync(file);
    expect(bytes.subarray(0, 32 * 1024).every((byte) => byte === 1)).toBe(true);
    const sectors = Array.from({ length: 256 }, (_, index) => bytes.subarray(index * 512, index * 512 + 512));
    const values = sectors.map((sector) => (sector.every((byte) => byte === sector[0]) ? sector[0] : undefined));
    expect(values.slice(64, 128)).toEqual(Array.from({ length: 64 }, (_, index) => (index % 2 === 0 ? 1 : 2)));
    expect(values.slice(128, 192)).toEqual(Array.from({ length: 64 }, (_, index) => (index % 2 === 0 ? 0 : 2)));
    await client.catch(() => undefined); // its last flush meets a card without power
  });
});
