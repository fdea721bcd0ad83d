// SPDX-License-Identifier: Apache-2.0
//
// The whole image, updated through the API: one that panics is left by its own reboot; a good one is tried, tried once
// more and kept. The boot loader's part, tryboot, is the harness's (firmware.ts).
import { afterAll, expect, test } from "bun:test";
import { Box } from "./box.ts";
import { discardMachines, Machine } from "./machine.ts";
import { CARD_BYTES, made, timed } from "./under-test.ts";
import { sendUpdate, untilUpdate, versionOf } from "./updates.ts";

const machine = new Machine(made("stagebox-debian-ab.img"), { card_bytes: CARD_BYTES });
const box = new Box(machine);
afterAll(discardMachines);

const boots = (from: number) => machine.boots.slice(from).map(({ partition, tryboot }) => ({ partition, tryboot }));

test("the first slot runs", async () => {
  machine.plugIn();
  await box.ready();
  await box.signIn();
  await box.ask("POST", "/api/graph/patch", {
    ...{ action: "insert", after: "notch", stage: { id: "louder", type: "gain", gain_db: 6 } },
  });
});

test("the plug is pulled while the other slot is written: the first slot runs as before", async () => {
  const id = await sendUpdate(box, "image-second.stagebox");
  const written = machine.written_bytes;
  while (machine.written_bytes < written + 100e6) await Bun.sleep(20);
  await machine.cutPower();
  machine.plugIn();
  await box.ready();
  expect(machine.boot).toMatchObject({ partition: 2, tryboot: false });
  expect(await versionOf(box)).toBe("0.1.0");
  expect(await untilUpdate(box, id)).toMatchObject({ kind: "image", result: "refused" });
});

test("an image that panics is tried once, and the first slot runs again", async () => {
  const before = machine.boots.length;
  await timed("update to an image that panics, sent to taken back", async () => {
    const id = await sendUpdate(box, "image-panics.stagebox");
    await machine.waitForBoot(before + 2, 20 * 60_000);
    expect(await untilUpdate(box, id)).toMatchObject({ result: "rolled-back" });
  });
  expect(boots(before)).toEqual([
    { partition: 3, tryboot: true },
    { partition: 2, tryboot: false },
  ]);
  expect(await versionOf(box)).toBe("0.1.0");
});

test("a good one is tried twice and kept", async () => {
  const before = machine.boots.length;
  await timed("update of the image, sent to committed", async () => {
    const id = await sendUpdate(box, "image-second.stagebox");
    expect(await untilUpdate(box, id)).toMatchObject({ result: "committed" });
  });
  expect(boots(before)).toEqual([
    { partition: 3, tryboot: true },
    { partition: 3, tryboot: true },
  ]);
  await machine.cutPower();
  expect(machine.fat(1).text("autoboot.txt")).toMatch(/\[all\][^[]*boot_partition=3/);
  machine.plugIn();
  await box.ready();
  expect(machine.boot).toMatchObject({ partition: 3, tryboot: false });
  expect(await versionOf(box)).toBe("0.2.0");
  expect(JSON.stringify(await box.ask("GET", "/api/graph"))).toContain("louder");
});
