// SPDX-License-Identifier: Apache-2.0
/** Board profiles: what is in them, and how one gets into the boot loader's configuration. */
import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { applyBoard } from "../../../src/appliance/boards/apply-board.ts";
import { boardSector, reserveBoardSector } from "../../../src/appliance/boards/board-sector.ts";
import { firmwareLines } from "../../../src/appliance/boards/firmware-lines.ts";
import { BOARDS } from "../../../src/appliance/boards/profiles.ts";
import { placesBelow } from "../../../src/appliance/places.ts";

const source = join(import.meta.dir, "../../..");
const CONFIG = "arm_64bit=1\n[pi5]\nkernel=kernel8.img\n";
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

describe("a profile", () => {
  const named = [...BOARDS];

  test("for every file, under the file's name", () => {
    const files = readdirSync(join(source, "src/appliance/boards/profiles")).map((file) => file.replace(".json", ""));
    expect([...BOARDS.keys()].sort()).toEqual(files.sort());
  });

  test.each(named)("%s says what a driver needs to know", (_, { title, serial, spi, gpio, needs }) => {
    expect(title.length).toBeGreaterThan(3);
    expect(needs.includes("spi")).toBe(spi.length > 0);
    expect(needs.includes("serial")).toBe(serial.length > 0);
    for (const { device } of serial) expect(device).toBe("/dev/ttyAMA0"); // the one that the overlays bring to the header
    for (const { device, mode, max_hz, max_hz_pi5 } of spi) {
      expect(device).toMatch(/^\/dev\/spidev\d\.\d$/);
      expect([0, 1, 2, 3]).toContain(mode);
      expect(max_hz_pi5).toBeLessThanOrEqual(max_hz);
    }
    const lines = gpio.map(({ line }) => line);
    expect(new Set(lines).size).toBe(lines.length);
    for (const line of lines) {
      expect(line).toBeWithin(2, 28); // those on the header
      expect(needs.includes("spi") && [7, 8, 9, 10, 11].includes(line)).toBe(false); // SPI0's own
      expect(needs.includes("serial") && [14, 15].includes(line)).toBe(false); // UART0's own
    }
  });

  test.each(named)("%s fits in the sector, for either base", (name, profile) => {
    for (const base of ["debian", "raspios"] as const) {
      const sector = boardSector(name, firmwareLines(profile, base));
      expect(sector.length).toBe(512);
      expect(sector.toString()).toEndWith("\n");
      for (const line of sector.toString().split("\n")) expect(line.length).toBeLessThan(98);
    }
  });
});

/** What overlays touch of a Pi's device tree as Debian's kernel names it; the addresses do not matter. */
const TREE = `/dts-v1/;
/ {
  compatible = "raspberrypi,4-model-b", "brcm,bcm2711", "brcm,bcm2835";
  soc {
    gpio: gpio { };
    spi: spi { status = "disabled"; };
    uart0: uart0 { status = "okay"; pinctrl-0 = <&gpio>; bluetooth { compatible = "brcm,bcm43438-bt"; }; };
    uart1: uart1 { status = "okay"; };
  };
};`;

describe.skipIf(!Bun.which("fdtoverlay"))("an overlay for Debian's kernel", () => {
  let tree: string;
  const run = (...command: string[]) => {
    const { stdout, stderr, exitCode } = Bun.spawnSync(command);
    expect(exitCode, stderr.toString()).toBe(0);
    return stdout.toString().trim();
  };
  const property = (node: string, name: string) => run("fdtget", tree, node, name);

  function lay(overlay: string) {
    const folder = mkdtempSync(join(tmpdir(), "stagebox-overlays-"));
    folders.push(folder);
    run(join(source, "image/boards/overlays.sh"), folder);
    writeFileSync(join(folder, "base.dts"), TREE);
    run("dtc", "-q", "-@", "-o", join(folder, "base.dtb"), join(folder, "base.dts"));
    tree = join(folder, "with.dtb");
    run("fdtoverlay", "-i", join(folder, "base.dtb"), "-o", tree, join(folder, `${overlay}.dtbo`));
  }

  test.each([...BOARDS])("is there for all that %s asks for", (_, profile) => {
    for (const line of firmwareLines(profile, "debian")) {
      expect(line).toStartWith("dtoverlay=");
      lay(line.slice("dtoverlay=".length));
    }
  });

  test("brings SPI to the header, with a device file for either chip select", () => {
    lay("stagebox-spi");
    expect(property("/soc/spi", "status")).toBe("okay");
    expect(run("fdtget", "-l", tree, "/soc/spi").split("\n").sort()).toEqual(["spidev@0", "spidev@1"]);
  });

  test("brings the full serial port to the header, where neither Bluetooth nor a console is left", () => {
    lay("stagebox-serial");
    expect(property("/soc/uart0", "status")).toBe("okay");
    expect(property("/soc/gpio/stagebox-serial-pins", "brcm,pins")).toBe("14 15");
    expect(property("/soc/uart0", "pinctrl-0")).toBe(property("/soc/gpio/stagebox-serial-pins", "phandle"));
    expect(property("/soc/uart0/bluetooth", "status")).toBe("disabled");
    expect(property("/soc/uart1", "status")).toBe("disabled");
  });
});

describe("applying one", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "stagebox-boards-"));
    folders.push(root);
  });

  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    return join(root, path);
  };
  function appliance(layout: "ab" | "simple" | "raspios", slot = "a") {
    put("usr/lib/stagebox/image.json", JSON.stringify({ layout, base: layout === "raspios" ? layout : "debian" }));
    put("proc/cmdline", `console=tty1 root=PARTLABEL=root_${slot} ro\n`);
    return placesBelow(root);
  }
  const reserve = (config: string) => Bun.spawnSync([join(source, "image/boards/reserve.sh"), config]);
  const config = () => readFileSync(join(root, "boot/firmware/config.txt"), "utf8");

  test("writes its sector of config.txt in place, once, and says that a restart is needed", async () => {
    const places = appliance("simple");
    reserve(put("boot/firmware/config.txt", CONFIG));
    const before = config();
    expect(await applyBoard(places, "pieeg-8")).toBe(true);
    expect(config().slice(0, -512)).toBe(before.slice(0, -512));
    expect(config().slice(-512)).toStartWith("# stagebox board: pieeg-8\ndtoverlay=stagebox-spi\n#");
    expect(await applyBoard(places, "pieeg-8")).toBe(false);
    expect(await applyBoard(places, "none")).toBe(true);
    expect(config()).toBe(before);
  });

  // What comes before the sector ends with "\n\n[all]\n": so many bytes are left of its own last sector.
  test.each([0, 1, 2, 63, 64, 65, 128, 300, 511])(
    "the box reserves its place as the build does, %d bytes on",
    (room) => {
      const text = `# ${"x".repeat(2 * 512 - room - "# \n\n[all]\n".length)}\n`;
      const built = put("config.txt", text);
      reserve(built);
      expect(readFileSync(built, "utf8")).toBe(reserveBoardSector(text, boardSector("none", [])).toString());
      expect(readFileSync(built).length).toBe(3 * 512);
    },
  );

  test("uses Raspberry Pi's own words on Raspberry Pi OS", async () => {
    const places = appliance("raspios");
    reserve(put("boot/firmware/config.txt", CONFIG));
    await applyBoard(places, "ads1299");
    expect(config()).toContain("\ndtparam=spi=on\n");
  });

  test("takes the console off a board's serial port, and keeps the rest of the command line", async () => {
    const places = appliance("raspios");
    reserve(put("boot/firmware/config.txt", CONFIG));
    put("boot/firmware/cmdline.txt", "console=serial0,115200 console=tty1 root=PARTUUID=1234-02 rootwait ro\n");
    expect(await applyBoard(places, "serial")).toBe(true);
    const named = /^cmdline=(\S+)$/m.exec(config())?.[1] ?? "";
    expect(readFileSync(join(places.firmware, named), "utf8")).toBe("console=tty1 root=PARTUUID=1234-02 rootwait ro\n");
    expect(readFileSync(join(places.firmware, "cmdline.txt"), "utf8")).toStartWith("console=serial0,115200 ");
    expect(config()).toMatch(/\ndtoverlay=disable-bt\n\[pi5\]\ndtoverlay=uart0-pi5\n\[all\]\ncmdline=/);
    expect(await applyBoard(places, "none")).toBe(true);
    expect(config()).not.toContain("cmdline=");
  });

  test("finds its place again in a file that somebody has edited, and keeps what they wrote", async () => {
    const places = appliance("simple");
    reserve(put("boot/firmware/config.txt", CONFIG));
    put("boot/firmware/config.txt", `hdmi_force_hotplug=1\r\n${config()}\n`);
    for (const board of ["pieeg-16", "none", "pieeg-8"]) expect(await applyBoard(places, board)).toBe(true);
    expect(config().length).toBe(1024);
    expect(config()).toStartWith(`hdmi_force_hotplug=1\r\n${CONFIG}`);
    expect(config().match(/# stagebox board/g)).toEqual(["# stagebox board"]);
    expect(config().slice(512)).toStartWith("# stagebox board: pieeg-8\n");
    expect(config()).toMatch(/\n\[all\]\n[#\n]*# stagebox/);
  });

  test.skipIf(!Bun.which("mcopy"))("writes one sector of the partition that the running slot starts from", async () => {
    const places = appliance("ab", "b");
    const partition = put("dev/disk/by-partlabel/boot_b", "");
    truncateSync(partition, 40 << 20);
    const mtools = (...command: string[]) => Bun.spawnSync(command).stdout.toString();
    mtools("mformat", "-i", partition, "-F", "::");
    const file = put("config.txt", CONFIG);
    reserve(file);
    mtools("mcopy", "-i", partition, join(source, "LICENSE"), file, "::");
    const before = readFileSync(partition);
    expect(await applyBoard(places, "pieeg-8")).toBe(true);
    const after = readFileSync(partition);
    const changed = [...Array(before.length / 512).keys()].filter(
      (n) => !before.subarray(n * 512, n * 512 + 512).equals(after.subarray(n * 512, n * 512 + 512)),
    );
    expect(changed.length).toBe(1);
    expect(mtools("mtype", "-i", partition, "::config.txt")).toEndWith(
      boardSector("pieeg-8", ["dtoverlay=stagebox-spi"]).toString(),
    );
    expect(await applyBoard(places, "pieeg-8")).toBe(false);
  });

  test("is refused where the kernel does not reach the header", async () => {
    const places = appliance("simple");
    const model = put("proc/device-tree/model", "Raspberry Pi 5 Model B Rev 1.0\0");
    reserve(put("boot/firmware/config.txt", CONFIG));
    await expect(applyBoard(places, "pieeg-8")).rejects.toThrow("header of a Raspberry Pi 5 Model B Rev 1.0; take");
    expect(await applyBoard(places, "none")).toBe(false);
    await expect(applyBoard(places, "serial")).rejects.toThrow("take the image on Raspberry Pi OS");
    writeFileSync(model, "Raspberry Pi 4 Model B Rev 1.5\0");
    expect(await applyBoard(places, "pieeg-8")).toBe(true);
  });

  test("says what is wrong, and what to do", async () => {
    const places = appliance("ab");
    put("dev/disk/by-partlabel/boot_a", "x".repeat(4096));
    await expect(applyBoard(places, "pieeg8")).rejects.toThrow('"pieeg8" is not known; did you mean "pieeg-8"?');
    await expect(applyBoard(places, "none")).rejects.toThrow("has no place for it; write the image to the card again");
    await expect(applyBoard(placesBelow(mkdtempSync(join(root, "laptop-"))), "pieeg-8")).rejects.toThrow(
      "no appliance",
    );
  });
});
