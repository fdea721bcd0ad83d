// SPDX-License-Identifier: Apache-2.0
//
// The image of one slot on the board that qemu knows whole: a Pi 3, by its own device tree and its own card's controller.
// Its network never answers in the emulator, so that the console has to say it all.
import { afterAll, expect, test } from "bun:test";
import { BOOT_MS, discardMachines, Machine } from "./machine.ts";
import { made, tellTime } from "./under-test.ts";

const machine = new Machine(made("stagebox-debian-simple.img"), { board: "raspi3b" });
afterAll(discardMachines);

test("comes up to a running pipeline", async () => {
  machine.plugIn();
  expect(machine.boot.partition).toBe(1);
  const { text, at_ms } = await machine.waitFor(/stagebox: running/, 2 * BOOT_MS);
  tellTime("power to running, raspi3b", (at_ms - machine.boot.at_ms) / 1000);
  expect(text).toContain("default, 8 channels at 250 Hz");
});
