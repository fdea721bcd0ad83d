// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseBootConfig } from "./boot-config.ts";
import { cardTools, makeCard, temporaryFolders } from "./card.fixture.ts";
import { loadBootFiles } from "./firmware.ts";

const folder = temporaryFolders();
const autoboot = "[all]\ntryboot_a_b=1\nboot_partition=2\n[tryboot]\nboot_partition=3\n";
const boot = (slot: string) => ({
  "config.txt": "arm_64bit=1\r\nkernel=kernel8.img\r\ninitramfs initrd.img followkernel\r\n",
  "cmdline.txt": `console=serial0,115200 root=PARTLABEL=root_${slot}\nignored\n`,
  "kernel8.img": `kernel ${slot}`,
  "initrd.img": `initramfs ${slot}`,
});

describe("config.txt", () => {
  const text = "a=1\n[pi4]\na=2\n[pi5]\na=3\n[tryboot]\nb=1\n[all]\nc = 1 # as it stands\n#d=1\n[none]\ne=1\n";
  const parse = (model: string, tryboot: boolean) => Object.fromEntries(parseBootConfig(text, { model, tryboot }));

  test("filters hold together until [all]", () => {
    expect(parse("pi4", true)).toEqual({ a: "2", c: "1 # as it stands" });
    expect(parse("pi5", true)).toEqual({ a: "3", b: "1", c: "1 # as it stands" });
    expect(parse("pi5", false)).toEqual({ a: "3", c: "1 # as it stands" });
  });
});

describe.skipIf(!cardTools())("the firmware's part", () => {
  const load = (card: string, tryboot = false) => {
    const files = loadBootFiles(card, { model: "pi4", tryboot }, folder());
    return { ...files, kernel: readFileSync(files.kernel, "utf8") };
  };
  const card = (label: "gpt" | "dos", partitions: Record<string, string>[]) => {
    const file = join(folder(), "card.img");
    makeCard(file, label, partitions);
    return file;
  };

  test("starts the slot that autoboot.txt names, and the other once when told to try it", () => {
    const slots = card("gpt", [{ "autoboot.txt": autoboot }, boot("a"), boot("b")]);
    expect(load(slots)).toMatchObject({
      partition: 2,
      kernel: "kernel a",
      commandLine: "console=serial0,115200 root=PARTLABEL=root_a",
    });
    expect(load(slots, true)).toMatchObject({ partition: 3, kernel: "kernel b" });
  });

  test("starts a card of one slot, where a trial has a file of its own", () => {
    const one = card("dos", [{ ...boot("a"), "tryboot.txt": "kernel=new.img\n", "new.img": "the new one" }]);
    expect(load(one)).toMatchObject({ partition: 1, kernel: "kernel a" });
    expect(load(one, true)).toMatchObject({ partition: 1, kernel: "the new one", initramfs: undefined });
  });

  test("stays dark where a board would", () => {
    expect(() => load(card("gpt", [{ "autoboot.txt": autoboot }, boot("a")]), true)).toThrow("names partition 3");
    expect(() => load(card("gpt", [{ "autoboot.txt": autoboot }, {}]))).toThrow("partition 2 has no config.txt");
    const { "kernel8.img": _, ...rest } = boot("a");
    expect(() => load(card("dos", [rest]))).toThrow("names kernel8.img, which is not there");
  });
});
