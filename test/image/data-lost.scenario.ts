// SPDX-License-Identifier: Apache-2.0
//
// A card whose data partition cannot be used: the box does its work and says so, and an image that is on trial makes room
// for the one before.
import { afterAll, expect, test } from "bun:test";
import { closeSync, openSync, writeSync } from "node:fs";
import { Box } from "./box.ts";
import { trialDeviceTree } from "./device-tree.ts";
import { discardMachines, Machine } from "./machine.ts";
import { partitionNamed } from "./partitions.ts";
import { CARD_BYTES, made, tellTime } from "./under-test.ts";

/** The superblock, and what describes the groups. */
const WIPED_BYTES = 4 * 1024 * 1024;

const machine = new Machine(made("stagebox-debian-ab.img"), { card_bytes: CARD_BYTES });
const box = new Box(machine);
afterAll(discardMachines);

test("packets move, and the box says where recordings are kept", async () => {
  wipe("data");
  machine.devices.push("-dtb", trialDeviceTree(machine.folder));
  machine.plugIn();
  tellTime("ready without a data partition", await box.ready());
  await box.signIn();
  expect((await box.ask("GET", "/api/system")).notes.join("\n")).toContain("The data partition cannot be used");
  expect(await machine.run("findmnt -n -o FSTYPE /data")).toBe("tmpfs");
});

test("on trial it starts again by itself, for the boot loader to start the slot before", async () => {
  machine.devices.length = 0;
  await machine.waitForBoot(2);
  tellTime("ready once more", await box.ready());
  // Nothing is on trial now, and it stays.
  expect(await machine.run("systemctl show -P Result stagebox-leave-trial")).toBe("exec-condition");
});

function wipe(name: string): void {
  const card = openSync(machine.card, "r+");
  writeSync(card, new Uint8Array(WIPED_BYTES), 0, WIPED_BYTES, partitionNamed(machine.card, name).offset);
  closeSync(card);
}
