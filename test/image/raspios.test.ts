// SPDX-License-Identifier: Apache-2.0
/** The layer in an official Raspberry Pi OS Lite image: what gets in, what stays, and what is refused. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Glob } from "bun";
import { readDisk, readRootFile } from "../../image/raspios/disk.ts";
import { BOOT_START, makeOfficialImage, type OfficialOptions, run } from "./official-image.ts";

const images = join(import.meta.dir, "../../image");
const script = join(images, "raspios/build.sh");
/** Every file of every layer: where it comes from, and where it goes. */
const laid = [...new Glob("layers/*/files/**").scanSync({ cwd: images, dot: true })].map((path) => ({
  from: join(images, path),
  to: `/${path.split("/").slice(3).join("/")}`,
}));
const tools = ["mcopy", "debugfs", "mke2fs", "sfdisk", "xz", "systemd-sysusers"];
const PATH = `${process.env.PATH}:/usr/sbin:/sbin`;
const lacking = tools.filter((tool) => !Bun.which(tool, { PATH }));
if (lacking.length > 0) console.log(`skipped: the layer in an official image: there is no ${lacking.join(", ")}`);

/** Some images are made, on a machine that may have more to do. */
setDefaultTimeout(120_000);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "stagebox-raspios-test-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The application's place is taken by as little as can be; the layers are the real ones. */
function makeApp(): string {
  const app = mkdtempSync(join(folder, "app-"));
  mkdirSync(join(app, "bin"));
  writeFileSync(join(app, "bin/stagebox"), "#!/bin/sh\n");
  chmodSync(join(app, "bin/stagebox"), 0o755);
  writeFileSync(join(app, "VERSION"), "0.1.0\n");
  return app;
}

function build(image: string, sha256 = "") {
  const work = mkdtempSync(join(folder, "work-"));
  const env = { ...process.env, SOURCE_DATE_EPOCH: "1750000000", PATH };
  const { exitCode, stderr } = Bun.spawnSync([script, image, sha256, makeApp(), work, work], { env });
  return { exitCode, output: join(work, "stagebox-raspios.img"), complaints: stderr.toString() };
}

function official(options?: OfficialOptions): string {
  return makeOfficialImage(mkdtempSync(join(folder, "official-")), options);
}

describe.skipIf(lacking.length > 0)("an official image", () => {
  let given: string;
  let result: ReturnType<typeof build>;
  beforeAll(() => {
    given = official();
    const before = Bun.hash(readFileSync(given));
    result = build(given);
    expect([result.complaints, result.exitCode]).toEqual([expect.not.stringContaining("cannot"), 0]);
    expect(Bun.hash(readFileSync(given))).toBe(before);
  });

  const inRoot = (path: string) => {
    const disk = readDisk(result.output);
    const root = disk?.partitions[1];
    return disk && root && readRootFile(disk, root, path)?.toString();
  };
  const stat = (path: string) => {
    const start = readDisk(result.output)?.partitions[1]?.start_bytes;
    return run(["debugfs", "-R", `stat ${path}`, `${result.output}?offset=${start}`]);
  };

  test("keeps its partitions and its identity, and gets a data partition behind them", () => {
    const [before, after] = [readDisk(given), readDisk(result.output)];
    expect(after?.disk_id).toBe("5e1f0a2b");
    expect(after?.partitions.slice(0, 2)).toEqual(before?.partitions ?? []);
    const data = after?.partitions[2];
    expect(data).toMatchObject({ number: 3, type: 0x83 });
    expect((data?.start_bytes ?? 1) % (4 << 20)).toBe(0);
    expect((data?.start_bytes ?? 0) + (data?.bytes ?? 0)).toBe(after?.bytes ?? -1);
    expect(run(["dumpe2fs", "-h", `${result.output}?offset=${data?.start_bytes}`])).toContain(
      "volume name:   stagebox-data",
    );
    run(["e2fsck", "-fn", `${result.output}?offset=${data?.start_bytes}`]);
    run(["e2fsck", "-fn", `${result.output}?offset=${after?.partitions[1]?.start_bytes}`]);
  });

  test("has every layer's files, readable by all and root's, and what the image is", () => {
    expect(laid.length).toBeGreaterThan(10);
    for (const { from, to } of laid) {
      const mode = statSync(from).mode & 0o100 ? "0755" : "0644";
      expect([to, inRoot(to)]).toEqual([to, readFileSync(from, "utf8")]);
      expect([to, stat(to)]).toEqual([
        to,
        expect.stringMatching(new RegExp(`Mode: +${mode}[^~]*User: +0 +Group: +0[^~]*mtime: 0x684ee180`)),
      ]);
    }
    expect(JSON.parse(inRoot("/usr/lib/stagebox/image.json") ?? "")).toMatchObject({
      layout: "raspios",
      arch: "arm64",
    });
    expect(stat("/opt/stagebox/bin/stagebox")).toMatch(/Mode: +0755/);
  });

  test("still finds Debian's links into /usr, and its own programs", () => {
    expect(stat("/lib")).toContain('Fast link dest: "usr/lib"');
    expect(stat("/usr/lib/systemd/systemd")).toContain("Size: 64");
    expect(inRoot("/usr/lib/systemd/system/ssh.service")).toContain("sshd");
  });

  test("starts what the layer starts, of its own too, and not what the layer stops", () => {
    const wants = "/etc/systemd/system/multi-user.target.wants";
    expect(stat(`${wants}/stagebox.service`)).toContain('Fast link dest: "/usr/lib/systemd/system/stagebox.service"');
    expect(stat(`${wants}/ssh.socket`)).toContain("ssh.socket");
    expect(stat(`${wants}/ssh.service`)).not.toContain("Inode:");
  });

  test("knows the layer's users and their groups, beside its own", () => {
    expect(inRoot("/etc/passwd")).toMatch(/^root:x:0:0[^~]*^stagebox:x:640:640:/m);
    expect(inRoot("/etc/group")).toMatch(/^dialout:x:20:stagebox$/m);
    expect(stat("/etc/shadow")).toMatch(/Mode: +0600/);
  });

  test("starts over the read-only root, and does nothing of its own first boot", () => {
    const cmdline = run(["mtype", "-i", `${result.output}@@${BOOT_START}`, "::cmdline.txt"])
      .trim()
      .split(" ");
    const official = ["console=serial0,115200", "console=tty1", "root=PARTUUID=5e1f0a2b-02", "rootfstype=ext4"];
    expect(cmdline.slice(0, 4)).toEqual(official);
    expect(cmdline).toContainValues(["ro", "init=/usr/lib/stagebox/overlay-init", "isolcpus=domain,managed_irq,3"]);
    expect(cmdline.filter((word) => /^(quiet|resize|rw|init=.*firstboot)$/.test(word))).toEqual([]);
    expect(stat("/etc/systemd/system/userconfig.service")).toContain('Fast link dest: "/dev/null"');
    expect(inRoot("/etc/cloud/cloud-init.disabled")).toBeString();
    expect(run(["mdir", "-b", "-i", `${result.output}@@${BOOT_START}`, "::"])).not.toContain("user-data");
  });

  test("leaves what is mounted to the layer, which is told where the FAT is", () => {
    expect(inRoot("/etc/fstab")?.trim()).toMatch(/^proc[^\n]*$/);
    const mount = inRoot("/etc/systemd/system/boot-firmware.mount.d/raspios.conf");
    expect(mount).toContain("What=/dev/disk/by-partuuid/5e1f0a2b-01\n");
  });

  test("keeps a sector of config.txt for the board", () => {
    const config = run(["mtype", "-i", `${result.output}@@${BOOT_START}`, "::config.txt"]);
    expect(config).toStartWith("dtparam=audio=on\n");
    expect(config.length % 512).toBe(0);
    expect(config.slice(-512)).toStartWith("# stagebox board: none\n");
    expect(Math.max(...config.split("\n").map((line) => line.length))).toBeLessThan(98);
  });

  test("comes out the same twice, packed or not", () => {
    run(["xz", "-k", "-0", given]);
    const sum = run(["sha256sum", `${given}.xz`]).slice(0, 64);
    const again = build(`${given}.xz`, sum);
    expect([again.complaints, again.exitCode]).toEqual([expect.any(String), 0]);
    expect(Bun.hash(readFileSync(again.output))).toBe(Bun.hash(readFileSync(result.output)));
  });
});

describe.skipIf(lacking.length > 0)("is refused before anything is written, with a remedy:", () => {
  function refusal(image: string, sha256?: string): string {
    const { exitCode, output, complaints } = build(image, sha256);
    expect([exitCode, existsSync(output)]).toEqual([1, false]);
    return complaints;
  }

  test("a 32-bit image", () => {
    expect(refusal(official({ elf_machine: 0x28 }))).toContain("systemd is 32-bit ARM: take the 64-bit image (arm64)");
  });

  test("one without a boot partition, or without what must be in it", () => {
    expect(refusal(official({ without: ["fat"] }))).toContain("holds no FAT file system");
    expect(refusal(official({ without: ["kernel8.img"] }))).toContain("no kernel8.img, the 64-bit kernel");
  });

  test("one without a root that is ext4", () => {
    expect(refusal(official({ without: ["ext4"] }))).toContain("its second partition holds no ext4");
  });

  test("one without room", () => {
    expect(refusal(official({ root_mib: 9 }))).toMatch(/root partition is too small: \d+ MB free, \d+ MB are needed/);
  });

  test("one that is cut off, unpacked or packed", () => {
    const image = official();
    writeFileSync(`${image}.cut`, readFileSync(image).subarray(0, 60 << 20));
    expect(refusal(`${image}.cut`)).toMatch(
      /too small: partition 2 ends at \d+ MB, the file at 63 MB; download it again/,
    );
    run(["xz", "-k", "-0", image]);
    const packed = readFileSync(`${image}.xz`);
    writeFileSync(`${image}.xz`, packed.subarray(0, packed.length / 2));
    expect(refusal(`${image}.xz`)).toContain("cannot be unpacked (Unexpected end of input): download it again");
  });

  test("one with another checksum", () => {
    expect(refusal(official(), "0".repeat(64))).toMatch(/its SHA-256 is [0-9a-f]{64}, not 0{64}/);
  });

  test("one that is in use already, and whose packages are another system's", () => {
    const image = build(official()).output;
    expect(refusal(image)).toContain("it has a partition 3: the layer is in it already");
    expect(refusal(official({ packages: ["systemd"] }))).toContain("package network-manager, which joins networks");
  });

  test("what is no image, and what is not there", () => {
    const file = join(folder, "text.img");
    writeFileSync(file, "not an image");
    expect(refusal(file)).toContain("it has no partition table: take the file as downloaded");
  });

  test("all at once", () => {
    const complaints = refusal(official({ elf_machine: 0x28, without: ["kernel8.img"] }), "0".repeat(64));
    for (const part of ["SHA-256", "kernel8.img", "32-bit ARM"]) expect(complaints).toContain(part);
  });
});
