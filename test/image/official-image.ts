// SPDX-License-Identifier: Apache-2.0
//
// A card image with the layout of an official Raspberry Pi OS Lite: MBR, a FAT32 from sector 8192, an ext4 after it. The
// official one cannot be had everywhere, is some gigabytes, and would not be wrong in the ways that a test wants.
import { chmodSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { RELIED_ON } from "../../image/raspios/inspect.ts";

const SECTOR = 512;
export const BOOT_START = 8192 * SECTOR;
const MIB = 1 << 20;
const FILE_TIME = "1700000000";

export interface OfficialOptions {
  /** Of every program: 0xb7 is arm64, 0x28 a 32-bit image's. */
  elf_machine?: number;
  boot_mib?: number;
  root_mib?: number;
  /** File systems that are not there. */
  without?: readonly ("fat" | "ext4" | "kernel8.img" | "cmdline.txt")[];
  packages?: readonly string[];
  /** More of its root: path -> text. */
  files?: Record<string, string>;
}

export function makeOfficialImage(folder: string, options: OfficialOptions = {}): string {
  const {
    elf_machine = 0xb7,
    boot_mib = 40,
    root_mib = 96,
    without = [],
    packages = Object.keys(RELIED_ON),
    files = {},
  } = options;
  const image = join(folder, "official.img");
  const root_start = BOOT_START + boot_mib * MIB;
  writeFileSync(image, "");
  truncateSync(image, root_start + root_mib * MIB);
  const table = `label: dos\nlabel-id: 0x5e1f0a2b\n8192,${(boot_mib * MIB) / SECTOR},c\n${root_start / SECTOR},,83\n`;
  run(["sfdisk", "--quiet", image], table);
  if (!without.includes("fat")) {
    run(["mformat", "-i", `${image}@@${BOOT_START}`, "-F", "-v", "bootfs", "-T", `${(boot_mib * MIB) / SECTOR}`, "::"]);
    for (const [name, text] of Object.entries(BOOT_FILES).filter(([name]) => !without.some((it) => it === name))) {
      writeFileSync(join(folder, name), text);
      run(["mcopy", "-i", `${image}@@${BOOT_START}`, join(folder, name), `::${name}`]);
    }
  }
  if (!without.includes("ext4")) {
    const tree = makeTree(join(folder, "root"), elf_machine, packages, files);
    const options = ["-q", "-t", "ext4", "-L", "rootfs", "-E", `offset=${root_start}`, "-d", tree];
    run(["mke2fs", ...options, image, `${root_mib * 1024}k`]);
  }
  return image;
}

const BOOT_FILES = {
  "cmdline.txt":
    "console=serial0,115200 console=tty1 root=PARTUUID=5e1f0a2b-02 rootfstype=ext4 fsck.repair=yes rootwait quiet init=/usr/lib/raspberrypi-sys-mods/firstboot resize\n",
  "config.txt": "dtparam=audio=on\nauto_initramfs=1\narm_64bit=1\n\n[cm4]\notg_mode=1\n",
  "kernel8.img": "a kernel",
  "user-data": "#cloud-config\n",
};

function makeTree(
  root: string,
  elf_machine: number,
  packages: readonly string[],
  files: Record<string, string>,
): string {
  const file = (path: string, content: string | Buffer) => {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), content);
  };
  file("usr/lib/systemd/systemd", program(elf_machine));
  chmodSync(join(root, "usr/lib/systemd/systemd"), 0o755);
  file(
    "usr/lib/systemd/system/ssh.service",
    "[Service]\nExecStart=/usr/sbin/sshd -D\n[Install]\nWantedBy=multi-user.target\n",
  );
  for (const name of ["ssh.socket", "systemd-networkd.service", "systemd-timesyncd.service"])
    file(`usr/lib/systemd/system/${name}`, "[Install]\nWantedBy=multi-user.target\n");
  mkdirSync(join(root, "etc/systemd/system/multi-user.target.wants"), { recursive: true });
  symlinkSync(
    "/usr/lib/systemd/system/ssh.service",
    join(root, "etc/systemd/system/multi-user.target.wants/ssh.service"),
  );
  for (const name of ["bin", "lib", "sbin"]) {
    mkdirSync(join(root, "usr", name), { recursive: true });
    symlinkSync(`usr/${name}`, join(root, name));
  }
  file("usr/lib/os-release", 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nID=debian\n');
  file("etc/passwd", "root:x:0:0:root:/root:/bin/bash\n");
  file("etc/group", "root:x:0:\nshadow:x:42:\ndialout:x:20:\n");
  file("etc/shadow", "root:*:20000:0:99999:7:::\n");
  file("etc/gshadow", "root:*::\nshadow:*::\ndialout:*::\n");
  file("etc/fstab", FSTAB);
  const entry = (name: string) => `Package: ${name}\nStatus: install ok installed\nVersion: 1\n`;
  file("var/lib/dpkg/status", packages.map(entry).join("\n"));
  for (const [path, text] of Object.entries(files)) file(path, text);
  mkdirSync(join(root, "boot/firmware"), { recursive: true });
  return root;
}

const FSTAB = `proc            /proc           proc    defaults          0       0
PARTUUID=5e1f0a2b-01  /boot/firmware  vfat    defaults          0       2
PARTUUID=5e1f0a2b-02  /               ext4    defaults,noatime  0       1
`;

/** The head of an ELF file, which is all that anybody reads of it here. */
function program(machine: number): Buffer {
  const elf = Buffer.alloc(64);
  elf.write("\x7fELF", "latin1");
  elf[4] = machine === 0xb7 ? 2 : 1;
  elf[5] = 1;
  elf.writeUInt16LE(3, 16);
  elf.writeUInt16LE(machine, 18);
  return elf;
}

export function run(command: string[], input = ""): string {
  const env = { ...process.env, E2FSPROGS_FAKE_TIME: FILE_TIME, MTOOLS_SKIP_CHECK: "1" };
  const { exitCode, stdout, stderr } = Bun.spawnSync(command, { stdin: Buffer.from(input), env });
  if (exitCode !== 0) throw new Error(`${command.join(" ")}: ${stderr}`);
  return stdout.toString();
}
