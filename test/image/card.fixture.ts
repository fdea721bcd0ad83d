// SPDX-License-Identifier: Apache-2.0
//
// Small cards with FAT partitions and no system, as the firmware's part needs them.
import { afterEach } from "bun:test";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Fat } from "./fat.ts";
import { readPartitions } from "./partitions.ts";

const MIB = 1024 * 1024;

/** Whether there are the tools that make cards; says so where there are not. */
export function cardTools(): boolean {
  const missing = ["sfdisk", "mkfs.vfat", "mcopy", "qemu-io"].filter((tool) => !Bun.which(tool, { PATH }));
  if (missing.length > 0) console.log(`skipped: there is no ${missing.join(", no ")}`);
  return missing.length === 0;
}

const PATH = `${process.env.PATH}:/usr/sbin:/sbin`;

/** Makes folders that are gone after each test. */
export function temporaryFolders(): () => string {
  const made: string[] = [];
  afterEach(() => {
    for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true });
  });
  return () => {
    const path = mkdtempSync(join(tmpdir(), "stagebox-card-"));
    made.push(path);
    return path;
  };
}

/** A card whose partitions are FAT file systems of 8 MiB with these files: "gpt" or "dos". */
export function makeCard(file: string, label: "gpt" | "dos", partitions: readonly Record<string, string>[]): void {
  writeFileSync(file, "");
  truncateSync(file, (2 + partitions.length * 8) * MIB);
  const table = [`label: ${label}`, ...partitions.map(() => `size=8MiB, type=${label === "gpt" ? "uefi" : "c"}`)];
  run(["sfdisk", "-q", file], `${table.join("\n")}\n`);
  readPartitions(file).forEach(({ offset, bytes }, index) => {
    const part = `${file}.part`;
    writeFileSync(part, "");
    truncateSync(part, bytes);
    run(["mkfs.vfat", part]);
    run(["dd", `if=${part}`, `of=${file}`, "bs=1M", `seek=${offset}`, "oflag=seek_bytes", "conv=notrunc"]);
    rmSync(part);
    for (const [name, content] of Object.entries(partitions[index] ?? {})) new Fat(file, offset).write(name, content);
  });
}

function run(command: string[], input = ""): void {
  const { success, stderr } = Bun.spawnSync(command, { stdin: Buffer.from(input), env: { ...process.env, PATH } });
  if (!success) throw new Error(`${command.join(" ")}: ${stderr}`);
}
