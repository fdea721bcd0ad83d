// SPDX-License-Identifier: Apache-2.0
//
// Found by name at the end of a cable without a router, without any network met by its own Wi-Fi, and started again by the
// watchdog when the kernel hangs.
import { afterAll, expect, test } from "bun:test";
import { meetWithoutNetwork } from "./access-point.ts";
import { Box } from "./box.ts";
import { BOOT_MS, discardMachines, Machine } from "./machine.ts";
import { MdnsLink } from "./mdns-link.ts";
import { CARD_BYTES, made, tellTime, timed } from "./under-test.ts";

const PATIENCE_MS = 120_000;

const link = await MdnsLink.open();
const machine = new Machine(made("stagebox-debian-ab.img"), {
  card_bytes: CARD_BYTES,
  devices: [...link.devices, "-device", "i6300esb"],
  // An emulator beside other work may stand still for longer than a board.
  kernel: ["systemd.watchdog_sec=60"],
});
const box = new Box(machine);
afterAll(async () => {
  link.close();
  await discardMachines();
});

test("its name and its service are answered", async () => {
  machine.plugIn();
  await box.ready();
  const records = await timed("found by mDNS, from ready on", () =>
    link.ask(
      [
        { name: "stagebox.local", type: "A" },
        { name: "_stagebox._tcp.local", type: "PTR" },
      ],
      PATIENCE_MS,
    ),
  );
  const address = records.find(({ name, type }) => type === "A" && name.toLowerCase() === "stagebox.local");
  expect(JSON.stringify(address)).toMatch(/169\.254\./);
});

test("without a network it opens its own, with the set-up page, and joins the one that is named there", async () => {
  await timed("set-up by the box's own Wi-Fi", () => meetWithoutNetwork(machine));
});

test("a kernel that hangs is reset, and the box is ready again", async () => {
  expect(await machine.run("cat /sys/class/watchdog/watchdog0/identity /sys/class/watchdog/watchdog0/state")).toMatch(
    /i6300ESB.*\nactive/i,
  );
  // The watchdog shall do it, not the kernel, which would start itself anew after a panic.
  await machine.run("echo 0 > /proc/sys/kernel/panic");
  const hung_ms = performance.now();
  await machine.type("echo c > /proc/sysrq-trigger");
  const { at_ms } = await machine.waitForBoot(2);
  tellTime("hung kernel to reset", (at_ms - hung_ms) / 1000);
  expect(machine.console.find(/Rebooting in|reboot: Restarting/, machine.boots[0]?.line)).toBeUndefined();
  await box.ready(BOOT_MS);
});
