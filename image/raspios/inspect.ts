// SPDX-License-Identifier: Apache-2.0
//
// Is this the image that the layer was made for? Asked before anything is written, and all that is wrong is said at once.
import { type Disk, fatFreeBytes, fatNames, type Partition, readDisk, readExt4, readRootFile } from "./disk.ts";

/** What the layer takes from the official image instead of bringing it along. */
export const RELIED_ON = {
  systemd: "starts and watches the service",
  "systemd-timesyncd": "sets the clock, which a Pi does not keep",
  "network-manager": "joins networks and makes the access point",
  "avahi-daemon": "makes the box known as stagebox.local",
  fdisk: "grows the data partition at first boot",
  e2fsprogs: "grows and checks its file system",
} as const;

export interface Official {
  disk: Disk;
  boot: Partition;
  root: Partition;
  /** `Debian GNU/Linux 13 (trixie)` */
  system: string;
}

/** Room on the FAT for the files that the layer puts there. */
const BOOT_BYTES = 1 << 20;
const GPT = 0xee;
const FAT32 = [0x0b, 0x0c];
const LINUX = 0x83;
const AARCH64 = 0xb7;
const MACHINES: Record<number, string> = { 40: "32-bit ARM", 62: "x86-64", 3: "32-bit x86" };
/** One of these is in every Debian. */
const PROGRAMS = ["/usr/lib/systemd/systemd", "/lib/systemd/systemd", "/usr/bin/bash", "/bin/bash"];
const MB = 1e6;
const megabytes = (bytes: number) => `${(bytes / MB).toFixed(0)} MB`;

/** What the build may go on with, or everything that is wrong with the image. */
export function inspect(path: string, layer_bytes: number): Official | string[] {
  const disk = readDisk(path);
  if (!disk) return ["it has no partition table: take the file as downloaded, a .img or .img.xz"];
  if (disk.partitions.some(({ type }) => type === GPT))
    return ["it has a GPT partition table, the official image an MBR: take Raspberry Pi OS Lite (64-bit)"];
  const [boot, root, ...more] = disk.partitions;
  const problems = [
    ...bootProblems(disk, boot),
    ...rootProblems(disk, root, layer_bytes),
    ...more.map(({ number }) => `it has a partition ${number}: the layer is in it already, or it is another system's`),
  ];
  if (problems.length > 0 || !boot || !root) return problems;
  return { disk, boot, root, system: osRelease(disk, root) };
}

function bootProblems(disk: Disk, boot: Partition | undefined): string[] {
  if (!boot || !FAT32.includes(boot.type)) return ["its first partition is no FAT32: there is no boot partition"];
  if (isCut(disk, boot)) return [tooSmall(disk, boot)];
  const names = fatNames(disk, boot);
  if (!names) return ["its first partition holds no FAT file system that can be read"];
  const missing = ["config.txt", "cmdline.txt", "kernel8.img"].filter((name) => !names.includes(name));
  const free = fatFreeBytes(disk, boot);
  return [
    ...missing.map((name) => `its boot partition has no ${name}${name === "kernel8.img" ? ", the 64-bit kernel" : ""}`),
    ...(free < BOOT_BYTES ? [`its boot partition has ${megabytes(free)} free, 1 MB is needed`] : []),
  ];
}

function rootProblems(disk: Disk, root: Partition | undefined, layer_bytes: number): string[] {
  if (root?.type !== LINUX) return ["its second partition is not Linux's: there is no root partition"];
  if (isCut(disk, root)) return [tooSmall(disk, root)];
  const ext4 = readExt4(disk, root);
  if (!ext4) return ["its second partition holds no ext4"];
  const room =
    ext4.free_bytes < layer_bytes
      ? [`its root partition is too small: ${megabytes(ext4.free_bytes)} free, ${megabytes(layer_bytes)} are needed`]
      : [];
  return [...room, ...architectureProblems(disk, root), ...packageProblems(disk, root)];
}

/** The kernel of a 32-bit image is 64-bit on newer boards: what counts is what its programs are. */
function architectureProblems(disk: Disk, root: Partition): string[] {
  for (const program of PROGRAMS) {
    const head = readRootFile(disk, root, program)?.subarray(0, 20);
    if (head?.subarray(0, 4).toString("latin1") !== "\x7fELF") continue;
    const machine = head.readUInt16LE(18);
    if (machine === AARCH64) return [];
    const name = MACHINES[machine] ?? `ELF machine ${machine}`;
    return [`${program} is ${name}: take the 64-bit image (arm64)`];
  }
  return [`its root partition has none of ${PROGRAMS.join(", ")}: this is no Raspberry Pi OS`];
}

function packageProblems(disk: Disk, root: Partition): string[] {
  const status = readRootFile(disk, root, "/var/lib/dpkg/status")?.toString();
  if (status === undefined) return ["it has no list of packages in /var/lib/dpkg/status: this is no Raspberry Pi OS"];
  const installed = new Set(
    status
      .split("\n\n")
      .filter((entry) => /^Status: install ok installed$/m.test(entry))
      .map((entry) => /^Package: (.+)$/m.exec(entry)?.[1]),
  );
  return Object.entries(RELIED_ON)
    .filter(([name]) => !installed.has(name))
    .map(
      ([name, what]) =>
        `its package ${name}, which ${what}, is not installed: take Raspberry Pi OS Lite, bookworm or later`,
    );
}

function osRelease(disk: Disk, root: Partition): string {
  const text = readRootFile(disk, root, "/usr/lib/os-release") ?? readRootFile(disk, root, "/etc/os-release");
  return /^PRETTY_NAME="?([^"\n]*)/m.exec(text?.toString() ?? "")?.[1] ?? "a system without a name";
}

const isCut = ({ bytes }: Disk, { start_bytes, bytes: length }: Partition) => start_bytes + length > bytes;

function tooSmall({ bytes }: Disk, { number, start_bytes, bytes: length }: Partition): string {
  const end = start_bytes + length;
  return `it is too small: partition ${number} ends at ${megabytes(end)}, the file at ${megabytes(bytes)}; download it again`;
}

/** `bun image/raspios/inspect.ts FILE LAYER_BYTES`: facts for the shell, or problems on standard error. */
if (import.meta.main) {
  const [path = "", layer_bytes = "0"] = process.argv.slice(2);
  const found = inspect(path, Number(layer_bytes));
  if (Array.isArray(found)) {
    console.error(found.join("\n"));
    process.exit(1);
  }
  console.log(
    `boot_start=${found.boot.start_bytes} root_start=${found.root.start_bytes} disk_id=${found.disk.disk_id}`,
  );
  console.log(`root_end=${found.root.start_bytes + found.root.bytes} system='${found.system.replaceAll("'", "")}'`);
}
