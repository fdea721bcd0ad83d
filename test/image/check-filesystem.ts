// SPDX-License-Identifier: Apache-2.0
//
// Whether an ext4 partition of a card is whole: its journal is played back on a copy, as mounting does, and what is then
// there must be without a fault.
import { rmSync } from "node:fs";
import { partitionNamed } from "./partitions.ts";

/** "clean", or what is wrong. */
export function checkFilesystem(card: string, partition: string): string {
  const found = partitionNamed(card, partition);
  const copy = `${card}.check`;
  try {
    const part = [`skip=${found.offset}`, `count=${found.bytes}`, "iflag=skip_bytes,count_bytes", "conv=sparse"];
    run(["dd", `if=${card}`, `of=${copy}`, "bs=4M", ...part], [0]);
    run(["e2fsck", "-E", "journal_only", "-y", copy], [0, 1]);
    const { code, output } = run(["e2fsck", "-fn", copy], [0, 4]);
    return code === 0 ? "clean" : output;
  } finally {
    rmSync(copy, { force: true });
  }
}

function run(command: string[], allowed: number[]): { code: number; output: string } {
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
  const { exitCode: code, stdout, stderr } = Bun.spawnSync(command, { env });
  const output = `${stdout}${stderr}`;
  if (!allowed.includes(code)) throw new Error(`${command.join(" ")} ended with ${code}: ${output}`);
  return { code, output };
}
